"""Write every kind of mail into files, to look at: `manage.py preview_mails /tmp/mails`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from billing import conf
from billing.mails import samples
from billing.models import OutgoingMail
from credits.management.base import OperatorCommand


class Command(OperatorCommand):
    help = "Write each mail, made-up, as text and HTML in each language. Sends nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code, _name in conf.languages()] or [conf.language_code()]
        for language in languages:
            folder: Path = options["folder"] / language
            folder.mkdir(parents=True, exist_ok=True)
            for kind in OutgoingMail.Kind:
                written = samples.write(kind, language=language)
                text = f"{written.subject}\n\n{written.text}"
                (folder / f"{kind}.txt").write_text(text, encoding="utf-8")
                (folder / f"{kind}.html").write_text(written.html, encoding="utf-8")
            self.stdout.write(f"{len(OutgoingMail.Kind)} mails, each twice, in {folder}.")
