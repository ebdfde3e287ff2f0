"""What the registry refuses: status, code and words as Confluent's Schema Registry 7.4 has them."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is refused. `code` is the `error_code` of the body; its first three digits are the status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        return self.code if self.code < 1000 else self.code // 100


def no_subject(subject: str) -> Refusal:
    return Refusal(40401, f"Subject '{subject}' not found.")


def no_version(version: object) -> Refusal:
    return Refusal(40402, f"Version {version} not found.")


def no_schema(schema_id: int | None = None) -> Refusal:
    return Refusal(40403, "Schema not found" if schema_id is None else f"Schema {schema_id} not found")


def subject_deleted(subject: str) -> Refusal:
    return Refusal(40404, f"Subject '{subject}' was soft deleted.Set permanent=true to delete permanently")


def subject_not_deleted(subject: str) -> Refusal:
    return Refusal(40405, f"Subject '{subject}' was not deleted first before being permanently deleted")


def version_deleted(subject: str, version: int) -> Refusal:
    return Refusal(
        40406, f"Subject '{subject}' Version {version} was soft deleted.Set permanent=true to delete permanently"
    )


def version_not_deleted(subject: str, version: int) -> Refusal:
    return Refusal(
        40407, f"Subject '{subject}' Version {version} was not deleted first before being permanently deleted"
    )


def no_level(subject: str) -> Refusal:
    return Refusal(40408, f"Subject '{subject}' does not have subject-level compatibility configured")


def no_mode(subject: str) -> Refusal:
    return Refusal(40409, f"Subject '{subject}' does not have subject-level mode configured")


def incompatible(subject: str, details: list[str]) -> Refusal:
    return Refusal(409, f'Schema being registered is incompatible with an earlier schema for subject "{subject}", '
                        f"details: [{', '.join(details)}]")  # fmt: skip


def bad_version(text: str) -> Refusal:
    return Refusal(42202, f"The specified version '{text}' is not a valid version id. Allowed values are between "
                          '[1, 2^31-1] and the string "latest"')  # fmt: skip


def bad_level() -> Refusal:
    return Refusal(42203, "Invalid compatibility level. Valid values are none, backward, forward, full, "
                          "backward_transitive, forward_transitive, and full_transitive")  # fmt: skip


def bad_mode() -> Refusal:
    return Refusal(42204, "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, and IMPORT")


def store_away(why: str) -> Refusal:
    return Refusal(50001, f"Error in the backend data store: {why}")
