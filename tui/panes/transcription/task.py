"""What is to be transcribed, and what a start would send. Nothing here draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import DEFAULT_ACCOUNT, default_path
from engine.transcribe.pricing import Price, PriceTable
from engine.transcribe.providers.base import Settings
from engine.transcribe.quote import Recording

if TYPE_CHECKING:
    from engine.config.settings import Settings as WorkspaceSettings
    from engine.workspace import Workspace
    from tui.panes.transcription.command import Ended

KIND = "transcribe"
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
    Provider("google", "v1"),
    Provider("google", "v2"),
    Provider("whisper"),
    Provider("pocketsphinx"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """A folder of recordings, the manifest that they become, and all that decides how, and who pays.

    The ledger knows a sound by its settings: a job resumes with the very same ones, or it would pay anew.

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
    def of_run(cls, config: Config, folder: Path) -> Task:
        """The task of a run in a folder."""
        settings = config.settings
        if settings.provider == "google":
            settings = replace(settings, api=settings.api or config.price.api or PROVIDERS[0].api)
        ledger = None if config.ledger == default_path() else config.ledger
        source = config.source or _source(config, folder)
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
            names += ["api", "rate", "location", "endpoint", "call_seconds"] + ["project"] * (
                settings.api == "v2"
            )
        for name in names:
            value = getattr(settings, name)
            if value and (name in ("provider", "language", "rate") or value != getattr(USUAL, name)):
                found += [
                    f"--{name.replace('_', '-')}",
                    f"{value:g}" if name == "call_seconds" else str(value),
                ]
        return found + (["--ledger", str(self.ledger)] if self.ledger else [])

    def with_provider(self, provider: Provider, usual: WorkspaceSettings) -> Task:
        """The same with another provider, whose models have other names; what only Google has is the workspace's."""
        was_google = self.settings.provider == "google" and self.settings.api
        settings = replace(self.settings, provider=provider.name, api=provider.api, model="")
        if provider.is_google and not was_google:
            settings = replace(
                settings,
                rate=usual.sample_rate,
                logging=usual.data_logging,
                endpoint=usual.endpoint,
                model=usual.model,
            )
        elif not provider.is_google:
            settings = Settings(provider.name, settings.language)
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
    def of(cls, ended: Ended) -> tuple[Plan | None, str]:
        """The plan of a command that has ended, or why there is none."""
        plain = ended.document
        if plain is None:
            return None, ended.sentence
        try:
            return cls(
                price=Price.from_json(plain["price_row"]),
                recordings=tuple(map(Recording.from_json, plain["files"])),
                kept=frozenset(map(str, plain["kept_names"])),
                missing=str(plain["missing"] or ""),
            ), ""
        except (KeyError, TypeError, ValueError) as error:
            return None, f"vitsdeck transcribe answered in an unknown format ({type(error).__name__})"


def prices(
    table: PriceTable, chosen: Provider, price: Price | None, *, logging: bool = False
) -> Iterator[tuple[Provider, Price]]:
    """Each provider with its price; `price` is that of the chosen one where a plan has told it."""
    for each in PROVIDERS:
        yield each, price if price and each == chosen else table.find(each.name, each.api, "", logging)


def lengths_of(config: Config) -> dict[str, int]:
    """Milliseconds by name of recordings all of whose pieces were new; of the others the events tell as they come."""
    return {
        name: sum(length_ms for _, length_ms in new)
        for name, new in config.new.items()
        if len(new) == config.pieces.get(name)
    }


def _source(config: Config, folder: Path) -> Path:
    """Of an older job, whose config does not say: the folder that its recordings lie in.

    Args:
        folder: of the run, LOGS/NAME in its workspace: recordings that could not be read are known by name alone.
    """
    root = folder.parent.parent
    faulty = [where(name, config.manifest, root) for name in config.faulty]
    return _common([*(path for _, path in config.files), *faulty], config.manifest.parent)


def where(name: str, manifest: Path, root: Path) -> Path:
    """Where a recording lies that a manifest names: as seen from the workspace, else from the manifest's folder."""
    inside = root / name
    return inside if inside.exists() else manifest.parent / name


def _common(paths: Iterable[Path], otherwise: Path) -> Path:
    """The folder that recordings lie in; `otherwise` where there are none."""
    folders = {path.parent for path in paths}
    common = min(folders, key=lambda folder: len(folder.parts), default=otherwise)
    while any(not folder.is_relative_to(common) for folder in folders):
        common = common.parent
    return common
