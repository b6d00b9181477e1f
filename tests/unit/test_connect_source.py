"""What `warehouse connect` makes of two URLs, before and after it looks."""

from __future__ import annotations

import copy
from io import StringIO
from typing import Any

import pytest

from flows.connect_source import _check_primary, _find_delete_url
from flows.source_address import SourceError, parse_url

URL = "postgresql://gone:in-no-log-77e0@db.example:5432/app"
TABLE: dict[str, Any] = {
    "relation": '"TapLog"',
    "place": "_hub__sources.yml: hub.TapLog",
    "is_there": True,
    "is_hidden": False,
    "columns": {
        "id": {"is_there": True, "is_declared": True, "may_read": True}
    },
    "may_delete": True,
}
UNREAD = {"id": {"is_there": True, "is_declared": True, "may_read": False}}
SEEN: dict[str, Any] = {
    "system": "7",
    "database": "app",
    "remote": {"tables": {"TapLog": {"oid": "1"}}},
    "is_standby": False,
    # No rule lets go of events: who deletes need not see them.
    "tables": {"TapLog": TABLE, "Event": TABLE | {"columns": UNREAD}},
    "rules": [{"id": "hub.TapLog", "table": "TapLog", "right": "delete"}],
}


def test_a_url_to_delete_by_is_asked_for_only_where_it_is_wanted(monkeypatch):
    monkeypatch.delenv("MY_SHOP_DELETE_URL", raising=False)
    monkeypatch.setattr("sys.stdin", StringIO(f"{URL}\n"))
    assert _find_delete_url("my-shop", deletes=False) is None
    asked = _find_delete_url("my-shop", deletes=True)
    assert asked and asked.where == "db.example:5432, database app"
    with pytest.raises(SourceError, match="set MY_SHOP_DELETE_URL"):
        _find_delete_url("my-shop", deletes=True)
    monkeypatch.setenv("MY_SHOP_DELETE_URL", URL)
    found = _find_delete_url("my-shop", deletes=False)
    assert found and found.parameters["user"] == "gone"
    monkeypatch.setenv("MY_SHOP_DELETE_URL", URL + "?pgbouncer=true")
    with pytest.raises(SourceError, match="a pooler answers"):
        _find_delete_url("my-shop", deletes=False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"system": "8"}, "is another database"),
        ({"database": "other"}, "is another database"),
        ({"remote": {"tables": {}}}, "is another database"),
        ({"is_standby": True}, "is a standby"),
        (
            {"tables": {"TapLog": TABLE | {"may_delete": False}}},
            'The role gone may not delete rows of "TapLog", as rule'
            " hub.TapLog does",
        ),
        (
            {"tables": {"TapLog": TABLE | {"columns": UNREAD}}},
            'The role gone may not read "TapLog"',
        ),
        (
            {"tables": {"TapLog": TABLE | {"is_hidden": True}}},
            '"TapLog" is hidden from this role in part',
        ),
    ],
)
def test_a_url_by_which_nothing_can_leave_is_refused(change, says):
    address = parse_url(URL, "The URL")
    _check_primary("hub", address, SEEN, copy.deepcopy(SEEN))
    with pytest.raises(SourceError) as error:
        _check_primary("hub", address, SEEN, SEEN | change)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert "in-no-log" not in str(error.value)
