"""What is to be transcribed, and what a start would send. Nothing here draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import DEFAULT_ACCOUNT, default_path
from engine.transcribe.pricing import Price, PriceTable
from engine.transcribe.providers.base import Settings
from engine.transcribe.quote import Recording
from tui.app import command_line

if TYPE_CHECKING:
    from engine.config.settings import Settings as WorkspaceSettings
    from engine.runs.registry import RunSnapshot
    from engine.workspace import Workspace

KIND = "transcribe"
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
USUAL = Settings("google", "en-US")  # what the command takes where nothing is said


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as a person chooses it; `api` is google's version."""

    name: str
    api: str = ""

    @property
    def title(self) -> str:
        """`google v1`."""
        return f"{self.name} {self.api}".rstrip()

    @property
    def is_google(self) -> bool:
        return self.name == "google"


PROVIDERS = (
    *(Provider("google", api) for api in ("v1", "v2")),
    Provider("whisper"),
    Provider("pocketsphinx"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """A folder of recordings, the manifest that gets their texts, the settings of the provider, and who pays.

    The ledger finds a paid chunk by its settings: a job resumes with the same ones, or it would pay again.

    Attributes:
        account: who pays. ledger: where that is kept; None: the user's own file.
    """

    source: Path
    manifest: Path
    settings: Settings
    account: str = DEFAULT_ACCOUNT
    ledger: Path | None = None

    @classmethod
    def new(
        cls, source: Path, manifest: Path, workspace: Workspace, provider: Provider = PROVIDERS[0]
    ) -> Task:
        """A new one, as the workspace's settings say."""
        empty = Settings(provider.name, workspace.locale)
        return cls(source, manifest, empty, workspace.settings.account).with_provider(
            provider, workspace.settings
        )

    @classmethod
    def of_folder(cls, folder: Path, workspace: Workspace) -> Task:
        """A folder of recordings, with its texts where `prepare` looks for them."""
        return cls.new(folder, folder / "metadata.csv", workspace)

    @classmethod
    def of_run(cls, config: Config) -> Task:
        """The task of a run; older ones do not say their folder."""
        settings = config.settings
        if settings.provider == "google":
            settings = replace(settings, api=settings.api or config.price.api or PROVIDERS[0].api)
        ledger = None if config.ledger == default_path() else config.ledger
        source = config.source or config.manifest.parent
        return cls(source, config.manifest, settings, config.policy.account, ledger)

    @property
    def provider(self) -> Provider:
        """Of its settings."""
        wanted = Provider(self.settings.provider, self.settings.api)
        return wanted if wanted in PROVIDERS else PROVIDERS[0]

    def words(self) -> list[str]:
        """The command line behind `vitsdeck`; credentials are never in it."""
        settings = self.settings
        found = ["transcribe", str(self.source), "--out", str(self.manifest), "--account", self.account]
        names = ["provider", "language", "model"]
        if settings.provider == "google":
            found.append("--data-logging" if settings.logging else "--no-data-logging")
            names += ["api", "rate", "location", "endpoint", "call_seconds"]
            names += ["project"] if settings.api == "v2" else []
        for name in names:
            value = getattr(settings, name)
            if value and (name in ("provider", "language", "rate") or value != getattr(USUAL, name)):
                text = f"{value:g}" if name == "call_seconds" else str(value)
                found += [f"--{name.replace('_', '-')}", text]
        return found + (["--ledger", str(self.ledger)] if self.ledger else [])

    def with_provider(self, provider: Provider, usual: WorkspaceSettings) -> Task:
        """The same with another provider, whose models have other names; what only Google has is the workspace's."""
        if not provider.is_google:
            return replace(self, settings=Settings(provider.name, self.settings.language))
        was_google = self.settings.provider == "google" and self.settings.api
        settings = replace(self.settings, provider=provider.name, api=provider.api, model="")
        if not was_google:
            settings = replace(settings, rate=usual.sample_rate, logging=usual.data_logging)
            settings = replace(settings, endpoint=usual.endpoint, model=usual.model)
        return replace(self, settings=settings)

    def price_in(self, table: PriceTable) -> Price:
        """What its provider costs by the price list."""
        settings = self.settings
        return table.find(settings.provider, settings.api, settings.model, settings.logging)


@dataclass(frozen=True, slots=True)
class Plan:
    """What `vitsdeck transcribe --dry-run --json` said about a task: recordings without a transcript, and their price.

    Attributes:
        kept: names of recordings that have a transcript. missing: what a start would need, such as credentials.
    """

    price: Price
    recordings: tuple[Recording, ...] = ()
    kept: frozenset[str] = frozenset()
    missing: str = ""

    @classmethod
    def of(cls, ended: command_line.Ended) -> tuple[Plan | None, str]:
        """The plan of a command that has ended, or why there is none."""
        plain = ended.document
        if plain is None:
            return None, why(ended)
        return cls(
            price=Price.from_json(plain["price_row"]),
            recordings=tuple(map(Recording.from_json, plain["files"])),
            kept=frozenset(plain["kept_names"]),
            missing=plain["missing"] or "",
        ), ""


async def run_command(
    argv: Sequence[str],
    root: Path,
    credentials: Path | None,
    names: Sequence[Path] = (),
    *,
    outlives: bool = False,
) -> command_line.Ended:
    """Run `vitsdeck ARGV` in the background; `names` are given to it on stdin, a path a line.

    Credentials reach it by its environment alone. Cancelling ends it, unless it `outlives` the dashboard.
    """
    return await command_line.run(
        root,
        *argv,
        stdin="".join(f"{name}\n" for name in names),
        environment={} if credentials is None else {VARIABLE: str(credentials)},
        outlives=outlives,
    )


def why(ended: command_line.Ended) -> str:
    """Why a command has no answer."""
    return "; ".join((ended.sentence, *ended.details)) or _("vitsdeck transcribe gave no JSON document")


def where(name: str, manifest: Path, root: Path) -> Path:
    """Where a recording lies that a manifest names: as seen from the workspace, else from the manifest's folder."""
    inside = root / name
    return inside if inside.exists() else manifest.parent / name


def jobs_of(runs: Sequence[RunSnapshot]) -> list[tuple[RunSnapshot, Config]]:
    """The transcriptions among the runs with their configs, the newest first; live ones before all others."""
    ours = [(run, _config(run.folder, run.id, run.started)) for run in runs if run.kind == KIND]
    found = [(run, config) for run, config in ours if config is not None]
    return sorted(found, key=lambda job: not job[0].is_live)


@lru_cache(maxsize=256)
def _config(folder: Path, _run: str, _started: float | None) -> Config | None:
    """The config of a start of a run; None for what is no transcription of ours."""
    try:
        return Config.read(folder / "config.json")
    except InputError:
        return None
