"""Recordings without text become a manifest; a ledger knows what that costs, whatever happens meanwhile."""
