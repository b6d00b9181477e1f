"""What a table and its columns seem to be: clock, kind, personal data.

By names, types, indexes and counts; never by a value of a row. A guess is there
to be read by a person, so each says what told it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.source_shape import Column, Table, singular, snake

_GOOD_CLOCKS = re.compile(
    r"^(timestamp|time|ts|date|created(_at|_on)?|creation_(date|time)"
    r"|inserted(_at|_on)?|occurred(_at|_on)?|happened_at|event_(time|date)"
    r"|logged_at|recorded_at|received_at|created_date|date_created"
    r"|creation_timestamp)$"
)
_BAD_CLOCKS = re.compile(
    r"(^|_)(updated?|modified|changed|edited|deleted?|removed|expires?|expiry"
    r"|expired|expiration|ends?|stops?|due|next|last|latest|until|birth|dob"
    r"|born|valid|scheduled|starts?|opens|closes|reminder|planned|refreshed"
    r"|synced)(_|$)"
)
_EXPIRY = re.compile(r"^(expires?|expiry|expiration|valid_until)(_|$)")
_FILLED_LATER = re.compile(
    r"^(is_)?(deleted|used|completed|closed|resolved|processed|finished|ended"
    r"|confirmed|verified|archived|read|seen|paid|cancell?ed|sent|delivered"
    r"|approved|revoked|expired|warned|renewed)_?(at|on|date)?$"
)
_STATES = re.compile(r"(^|_)(status|state|stage|phase)$")
_UPDATED = re.compile(r"^(last_)?(updated|modified|changed|edited)(_|$)")


def guess_clock(table: Table) -> None:
    """Picks the column that rows seem to age from, if there is one."""
    best, most = None, 0.0
    for column in table.columns:
        # Rows age by the microsecond, so a date is no clock.
        if column.group != "time":
            continue
        name = snake(column.name)
        if _EXPIRY.search(name) and table.expiry is None:
            table.expiry = column.name
        score, why = 0.0, [column.type]
        if _GOOD_CLOCKS.search(name):
            score += 4
            why.append("its name")
        elif _BAD_CLOCKS.search(name) or (
            column.nullable and _FILLED_LATER.search(name)
        ):
            score -= 6
        elif re.search(r"_(at|on|time|date|timestamp)$", name):
            score += 2
            why.append("its name")
        if column.default_now:
            score += 3
            why.append("default now()")
        if column.name in table.leading:
            score += 2
            why.append("an index")
        score += 0 if column.nullable else 1
        if score > most:
            best, most = column, score
            table.clock_why = ", ".join(why)
    if best is not None:
        table.clock = best.name
        table.clock_indexed = best.name in table.leading


def guess_capture(table: Table) -> None:
    """Whether rows are written once, or change."""
    signs = []
    for column in table.columns:
        name = snake(column.name)
        if column.name == table.clock:
            continue
        if _UPDATED.search(name) and column.group in ("time", "date"):
            signs.append(f"{column.name} moves with each change")
        elif _FILLED_LATER.search(name) and column.nullable:
            signs.append(f"{column.name} is filled in later")
    known = max(table.inserts, table.rows or 0, 1)
    if table.updates > 0.05 * known:
        signs.append(f"{table.updates:,} updates counted")
    if table.clock is None:
        signs.append("no clock")
    table.kind = "entity" if signs else "event"
    table.kind_why = "; ".join(signs) or "nothing says that its rows change"
    if table.kind == "event":
        table.may_change = [
            column.name
            for column in table.columns
            if column.name not in table.key
            and (
                column.group in ("enumeration", "boolean")
                or _STATES.search(snake(column.name))
            )
        ]


_PEOPLE = re.compile(
    r"(^|_)(users?|customers?|patients?|members?|accounts?|persons?|people"
    r"|profiles?|contacts?|employees?|visitors?|guests?|subscribers?|clients?"
    r"|students?|teachers?|drivers?|authors?|owners?|recipients?|tenants?"
    r"|leads?|donors?|staff|guardians?|parents?|actors?)$"
)

_NAMES = (
    ("email", r"e_?mails?(_|$)"),
    ("phone", r"(^|_)(phones?|mobile|msisdn|telephone|tel|fax|cell)(_|$)"),
    ("user_agent", r"user_?agent|(^|_)ua$|browser_string"),
    ("ip", r"(^|_)ip(_|$)|ip_?addr|remote_addr|client_ip"),
    (
        "id",
        r"(^|_)(ssn|iban|passport|national_id|tax_id|vat_id|card_number"
        r"|licen[cs]e_plate|uid|device_id|session_id|visitor_id|anonymous_id"
        r"|fingerprint|mac_address|imei|created_by|updated_by|deleted_by"
        r"|tag_id)$",
    ),
    (
        "name",
        r"(^|_)(first|last|full|sur|given|family|middle|maiden|display|nick"
        r"|user|real|legal|patient|customer|contact|author|owner|holder"
        r"|recipient|sender|member|guest|person|employee)_?name$"
        r"|^(surname|firstname|lastname|fullname|username|nickname|login)$",
    ),
    ("url", r"(^|_)(ur[li]s?|href|referr?er|link|website|homepage)$"),
    (
        "free_text",
        r"(^|_)(notes?|comments?|messages?|body|bio|about|feedback|remarks?"
        r"|memo|description|content|text|subject|answers?|transcript|summary"
        r"|diagnosis|symptoms?|address|street|city|zip|postcode|postal_code)$",
    ),
)
_SECRETS = re.compile(
    r"password|passwd|secret|token|api_?key|private_?key|cipher|credential"
    r"|(^|_)(otp|pin|salt|jwt|cookie|signature)$"
)
_ABOUT_A_PERSON = re.compile(
    r"(^|_)(birth|birthday|birth_date|date_of_birth|dob|age|gender|sex|lat|lng"
    r"|lon|latitude|longitude|location|ethnicity|religion|salary|income"
    r"|nationality)(_|$)"
)


def guess_kinds(
    table: Table, tables: Sequence[Table], samples: dict[str, dict[str, int]]
) -> None:
    """Says for each column what personal data it seems to hold.

    Args:
        table: the table.
        tables: all of the database, for what it refers to.
        samples: counts per column, as `_sample` found them.
    """
    named = {snake(singular(other.name)): other for other in tables}
    labelled = {other.label: other for other in tables}
    for column in table.columns:
        refers = next(
            (fk for fk in table.refers if column.name in fk.columns), None
        )
        name = snake(column.name)
        stem = re.sub(r"_(id|key|uuid|ref|number|no)$", "", name)
        target = named.get(stem) if stem != name else None
        of_people = is_of_people(target) if target else None
        if refers is not None:
            target = labelled.get(refers.table)
            other = snake(refers.table.rpartition(".")[2])
            of_people = (
                is_of_people(target) if target else bool(_PEOPLE.search(other))
            )
        column.kind, column.why = _kind(
            column,
            name,
            stem if stem != name else "",
            samples.get(column.name),
            is_key=column.name in table.key,
            of_people=of_people,
            table_of_people=is_of_people(table),
        )


def is_of_people(table: Table) -> bool:
    """Whether each row seems to be a person: by its name, or a unique email."""
    return bool(_PEOPLE.search(snake(table.name))) or any(
        re.search(r"e_?mail|phone", snake(name)) for name in table.unique
    )


def _kind(
    column: Column,
    name: str,
    stem: str,
    sample: dict[str, int] | None,
    *,
    is_key: bool,
    of_people: bool | None,
    table_of_people: bool,
) -> tuple[str | None, str]:
    """The kind of one column and what told it."""
    if column.group == "ip":
        return "ip", "its type"
    if column.group == "json":
        return "free_text", "JSON; name the keys to keep"
    if column.group in ("boolean", "enumeration", "time", "date"):
        if column.group != "boolean" and _ABOUT_A_PERSON.search(name):
            return None, "about a person by its name"
        return "none", "its type"
    if column.group in ("text", "other") and _SECRETS.search(name):
        return "secret", "its name"
    if column.group == "other":
        return None, f"{column.type} cannot be judged"
    if of_people or (stem and _PEOPLE.search(stem)):
        return "id", "refers to a person"
    for kind, pattern in _NAMES:
        if re.search(pattern, name) and (
            column.group == "text" or kind in ("id", "phone")
        ):
            if kind in ("free_text", "url") and sample and _is_list(sample):
                return "none", f"{sample['distinct']} values in a sample"
            return kind, "its name"
    if is_key and stem == "" and not (sample and sample["email"]):
        return ("id", "a person's") if table_of_people else ("none", "the key")
    if name == "name" and table_of_people:
        return "name", "its name"
    if column.group == "number":
        if _ABOUT_A_PERSON.search(name):
            return None, "about a person by its name"
        return "none", "its type"
    if of_people is False:
        return "none", "refers to a table of no people"
    if column.group == "uuid":
        return ("none", "the key") if is_key else (None, "refers to what?")
    return _kind_by_sample(sample, is_key)


def _kind_by_sample(
    sample: dict[str, int] | None, is_key: bool
) -> tuple[str | None, str]:
    """The kind of a text whose name says nothing."""
    filled = sample["filled"] if sample else 0
    if sample is None or not filled:
        return (
            ("none", "the key") if is_key else (None, "no values to judge by")
        )
    if sample["secret"]:
        return "secret", "its values"
    for kind in ("email", "ip", "url", "user_agent", "phone"):
        if sample[kind] >= 0.8 * filled:
            return kind, f"{100 * sample[kind] // filled} % of a sample"
    if sample["has_email"]:
        return "free_text", "an e-mail address among its values"
    if is_key:
        return "none", "the key"
    if _is_list(sample):
        if sample["name"] >= 0.8 * filled:
            return None, "a few values that look like names"
        return "none", f"{sample['distinct']} values in a sample"
    if sample["words"] >= 0.2 * filled:
        return "free_text", "sentences in a sample"
    if sample["name"] >= 0.8 * filled:
        return "name", f"{100 * sample['name'] // filled} % of a sample"
    return None, "its values tell nothing"


def _is_list(sample: dict[str, int]) -> bool:
    """Whether a column holds one of a few short values, as a status does."""
    return (
        sample["filled"] >= 20
        and sample["distinct"] <= min(20, sample["filled"] // 5)
        and sample["longest"] <= 40
        and not sample["has_email"]
    )
