"""What a training does when memory runs out."""
