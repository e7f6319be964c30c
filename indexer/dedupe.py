"""Tells copies of a policy from new versions of it (去重)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from indexer.structure.identity import content_key
from policy_match.domain.policy import Policy
from policy_match.search.ports import SourceRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy that has been read is to the register: `of` is the id it copies or replaces."""

    status: str  # added, updated, duplicate_of
    of: str | None = None


class Register:
    """
    Which file holds which policy, as the index knows it and as this run goes on (来源登记簿).

    One file holds one policy and one policy has one file: a second file with the same bytes, the
    same text or the same issuer and number is a copy, unless the first has left its place. What
    another version of the program (`reader`) has read is to be read again, by whichever file.
    """

    def __init__(self, rows: Iterable[SourceRow], reader: str | None = None) -> None:
        self._reader = reader
        self._is_stale: set[str] = set()
        self._id_of_file: dict[str, str] = {}
        self._hash_of_file: dict[str, str] = {}
        self._file_of_id: dict[str, str] = {}
        self._file_of_hash: dict[str, str] = {}
        self._id_of_content: dict[str, str] = {}
        for row in rows:
            if row.file is not None:
                self._enter(row.id, row.file, row.sha256)
                if row.reader != reader:
                    self._is_stale.add(row.file)

    def _enter(self, policy_id: str, file: str, sha256: str | None) -> None:
        self._is_stale.discard(file)
        self._id_of_file[file] = policy_id
        self._file_of_id[policy_id] = file
        if sha256 is not None:
            self._hash_of_file[file] = sha256
            self._file_of_hash[sha256] = file

    def file_of(self, policy_id: str | None) -> str | None:
        """The file that holds a policy."""
        return self._file_of_id.get(policy_id) if policy_id is not None else None

    def unchanged(self, file: str, sha256: str) -> str | None:
        """The id that a file holds when this same program has read these same bytes (未变化)."""
        if file in self._is_stale or self._hash_of_file.get(file) != sha256:
            return None
        return self._id_of_file[file]

    def gone(self, roots: Iterable[Path]) -> list[tuple[str, str]]:
        """
        The files under the roots that are no longer on the disk, with the ids they held (已消失).

        A root that is itself away tells nothing: its disk may only be off.
        """
        there = [root.absolute() for root in roots if root.exists()]
        found = sorted(self._id_of_file.items())
        return [
            (file, policy_id)
            for file, policy_id in found
            if any(Path(file).is_relative_to(root) for root in there) and not _is_there(file)
        ]

    def copy_of(self, file: str, sha256: str) -> str | None:
        """The id that another file with the same bytes holds (字节相同的副本)."""
        other = self._file_of_hash.get(sha256)
        if other is None or other == file or not self._stands(other):
            return None
        return self._id_of_file.get(other)

    def _stands(self, file: str) -> bool:
        """Whether what a file holds is in force: it is there, and this same program has read it."""
        return file not in self._is_stale and Path(file).exists()

    def admit(self, policy: Policy, file: str, sha256: str) -> Verdict:
        """
        Enter a policy that has been read from a file, or tell what it copies (登记或判重).

        Returns:
            `updated` with the id that the file held before, which is to be removed where it
            differs; `duplicate_of` with the id that stays.
        """
        content = content_key(policy.text)
        twin = self._id_of_content.get(content, policy.id)
        holder = self._file_of_id.get(twin)
        if holder is not None and holder != file and self._stands(holder):
            return Verdict("duplicate_of", twin)
        before = self._id_of_file.get(file)
        moved = policy.id if holder is not None and holder != file else None
        self._leave(file, holder)
        self._enter(policy.id, file, sha256)
        self._id_of_content[content] = policy.id
        old = before or moved
        return Verdict("updated", old) if old is not None else Verdict("added")

    def _leave(self, *files: str | None) -> None:
        for file in files:
            if file is None or file not in self._id_of_file:
                continue
            self._file_of_id.pop(self._id_of_file.pop(file), None)
            self._file_of_hash.pop(self._hash_of_file.pop(file, ""), None)


def _is_there(file: str) -> bool:
    try:
        return Path(file).exists()
    except OSError:  # it may be there, and we may not look
        return True
