"""Lists as partners keep them: drafted as they are meant, or left to a person in so many words."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from loaders.findings import Fault
from tests.drafting.conftest import Draft

COMPANIES = "Company,Country\nAcme,FR\nOther,DE\n"


def pack(members: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


def test_a_heading_without_end_is_passed_over_and_said(draft: Draft) -> None:
    records = [{"Company": "Acme", "name" + "x" * 300_000: "1"}, {"Company": "Other"}]
    table = draft("list.json", json.dumps(records)).tables[0]
    assert table.profile.table.columns == ("Company",)
    assert "300,004 characters" in table.profile.table.remarks[0]


@pytest.mark.parametrize(
    ("ending", "text"),
    [("csv", COMPANIES), ("jsonl", '{"Company": "Acme"}\n{"Company": "Other"}\n')],
)
def test_the_one_file_of_an_archive_is_drafted(ending: str, text: str, draft: Draft) -> None:
    made = draft("one.zip", pack({f"a/list.{ending}": text}))
    assert (made.rows, made.rejected) == (2, 0)
    assert draft(f"two.{ending}.gz", gzip.compress(text.encode())).rows == 2


def test_several_files_of_an_archive_are_named(draft: Draft) -> None:
    with pytest.raises(Fault, match=r"2 files, .*‘a/x\.csv’, ‘b\.csv’") as refused:
        draft("two.zip", pack({"a/x.csv": COMPANIES, "b.csv": COMPANIES}))
    assert "unpack" in refused.value.remedy
