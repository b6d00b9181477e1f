"""Every dbt command that a person may type behaves; and what staging keeps."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import random
import string
import unicodedata
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows import run_dbt as dbt_runner
from flows.run_dbt import DbtError, run_dbt

MART = "marts_engagement_tap_summary_daily"
VERSIONS = (
    f"select xmin::text, * from marts.{MART}"
    " order by tap_date, event_id, window_id, redirect_url"
)


def dbt(folder: Path, *arguments: str) -> Any:
    """Dbt as from a shell: it parses the project itself."""
    from dbt.cli.main import dbtRunner

    call = ["--log-level", "none", *arguments]
    call += ["--project-dir", str(dbt_runner.PROJECT)]
    call += ["--profiles-dir", str(dbt_runner.PROJECT)]
    call += ["--target-path", str(folder), "--log-path", str(folder)]
    outcome = dbt_runner._shallow(lambda: dbtRunner().invoke(call))
    assert outcome.success, outcome.exception or outcome.result
    return outcome.result


def tables(connection: psycopg.Connection) -> list[tuple[str]]:
    """Everything that is in a database."""
    return connection.execute(
        "select oid::regclass::text from pg_class"
        " where relnamespace::regnamespace::text !~ '^(pg_|information_)'"
        " order by 1"
    ).fetchall()


def artifact(scope: str, name: str) -> Any:
    """What dbt wrote in its last command of a scope."""
    folder = Path(os.environ["DBT_ENGINE_TARGET_PATH"]) / scope
    return json.loads((folder / name).read_text())


def test_the_project_is_parsed_without_a_warning(server, tmp_path):
    command = ["--warn-error", "parse", "--no-partial-parse", "--write-json"]
    dbt(tmp_path, *command)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert f"model.warehouse.{MART}" in manifest["nodes"]


def test_compile_and_docs_need_no_table_and_make_none(empty_database):
    run_dbt("compile", scope="compile")
    assert tables(empty_database) == []
    run_dbt("docs", "generate", scope="docs")
    assert tables(empty_database) == []


def test_docs_describe_what_was_built(captured):
    before = tables(captured.connection)
    run_dbt("docs", "generate", scope="docs")
    catalog = artifact("docs", "catalog.json")
    assert catalog["errors"] is None
    mart = catalog["nodes"][f"model.warehouse.{MART}"]
    assert mart["metadata"]["comment"].startswith("One row per UTC day")
    assert mart["columns"]["tap_date"]["type"] == "date"
    assert mart["columns"]["tap_date"]["comment"] == (
        "The day of the taps, in UTC."
    )
    assert "source.warehouse.hub.TapLog" in catalog["sources"]
    assert tables(captured.connection) == before


def test_source_freshness_passes_fresh_data_and_fails_old(captured):
    captured.tap("2025-02-01 12:00:00")

    def freshness(as_of: str) -> str:
        run_dbt(
            *("source", "freshness", "--write-json"),
            variables={"as_of": as_of},
            scope="f",
        )
        [found] = artifact("f", "sources.json")["results"]
        assert found["unique_id"] == "source.warehouse.hub.TapLog"
        return str(found["status"])

    assert freshness("2025-02-01T13:00:00Z") == "pass"
    assert freshness("2025-02-02T01:00:00Z") == "warn"
    with pytest.raises(DbtError, match=r"^TapLog: ended as error\.$"):
        freshness("2025-02-04T12:00:00Z")
    [found] = artifact("f", "sources.json")["results"]
    assert found["status"] == "error"
    assert found["max_loaded_at"] == "2025-02-01T12:00:00+00:00"


@pytest.mark.parametrize("flag", [["--empty"], ["--sample", "1 day"]])
def test_a_part_is_never_built_as_if_it_were_the_whole(captured, flag):
    before = captured.query(VERSIONS)
    captured.tap("2025-01-11 12:00:00")
    with pytest.raises(DbtError) as error:
        captured.build("2025-01-12", *flag)
    failures = error.value.result.failures
    assert any(
        line.startswith(f"raw_hub_tap_log: {flag[0]} is refused on raw_hub_tap")
        for line in failures
    ), failures
    assert captured.left() == (101, 100, 100)
    # Nor by selecting what is downstream of it.
    for model in ("stg_hub_tap_log", MART):
        with pytest.raises(DbtError, match=f"{flag[0]} is refused on {model}"):
            captured.build("2025-01-12", "--select", model, *flag)
    assert captured.query(VERSIONS) == before
    assert captured.left() == (101, 100, 100)


def test_a_target_that_lets_nothing_go_may_read_a_sample(captured, monkeypatch):
    monkeypatch.setenv("DBT_TARGET", "dev")
    monkeypatch.setenv("DBT_SCHEMA", "dev_ada")

    def days() -> list[tuple[str, int]]:
        return captured.query(
            "select tap_date::text, sum(tap_count)::int"
            f" from dev_ada_marts.{MART} group by 1 order by 1"
        )

    window = "{'start': '2025-01-08', 'end': '2025-01-10 12:00:00'}"
    captured.build("2025-01-12", "--sample", window)
    sample = [("2025-01-08", 10), ("2025-01-09", 10), ("2025-01-10", 5)]
    assert days() == sample
    # What has been taken in is in the accounts, and nothing else is there.
    for relation in ("raw.raw_hub_tap_log", "staging.stg_hub_tap_log"):
        assert captured.one(f"select count(*) from dev_ada_{relation}") == 25
    assert captured.query(
        "select relation, sum(rows)::int from dev_ada_retention.load"
        " where relation like '%%hub_tap_log' group by 1 order by 1"
    ) == [("raw_hub_tap_log", 25), ("stg_hub_tap_log", 25)]
    # "30 days" counts from now; and what is there stays.
    captured.build("2025-01-12", "--sample", "30 days")
    assert days() == sample
    rules = captured.plan("2025-05-01").plan["rules"]
    [tap] = [line for line in rules if line["rule"] == "hub.TapLog"]
    assert (tap["status"], tap["unproven"]) == ("plan only", 75)
    # All of it comes by a build without.
    captured.build("2025-01-12")
    assert sum(count for _, count in days()) == 100
    monkeypatch.setenv("DBT_TARGET", "prod")
    assert captured.left() == (100, 100, 100)


COMMENTS = (
    "select objoid::regclass::text, objsubid, xmin::text, description"
    " from pg_description where classoid = 'pg_class'::regclass"
    " and objoid >= 16384 order by 1, 2"
)


def test_a_build_with_nothing_new_writes_no_row(captured):
    before = captured.query(VERSIONS)
    comments = captured.query(COMMENTS)
    assert len(comments) > 20
    captured.execute("comment on table raw.raw_hub_tap_log is 'Another.'")
    captured.execute("comment on column raw.raw_hub_tap_log._clock is null")
    loads = captured.one("select count(*) from retention.load")
    # Unit tests, too, as whoever types `dbt build` gets them.
    run_dbt("build", variables={"as_of": "2025-01-12"})
    run_dbt("build", variables={"as_of": "2025-01-12"})
    assert captured.query(VERSIONS) == before
    # Nor a description, but the two that were not those of the project.
    after = captured.query(COMMENTS)
    assert len(set(after) - set(comments)) == 2
    assert [(*row[:2], row[3]) for row in after] == [
        (*row[:2], row[3]) for row in comments
    ]
    # Nor does one that builds every bucket again.
    captured.build("2025-01-12", "--full-refresh")
    assert captured.query(VERSIONS) == before
    assert captured.left() == (100, 100, 100)
    assert captured.one("select count(*) from retention.load") == loads
    assert captured.one("select count(*) from retention.touched") == 0


def test_a_column_is_of_the_type_and_size_that_dbt_expects(empty_database):
    empty_database.execute(
        'create table "Odd" (a text, "B" varchar(20), c char(3),'
        " d numeric(12, 2), e numeric(4, -1), f numeric, g timestamptz,"
        " gone int, h text[])"
    )
    empty_database.execute('alter table "Odd" drop column gone')
    relation = "api.Relation.create(schema='public', identifier='Odd')"
    result = run_dbt(
        "compile",
        "--inline",
        f"{{% for found in adapter.get_columns_in_relation({relation}) %}}"
        "{{ log(found.name ~ ': ' ~ found.data_type, info=true) }}"
        "{% endfor %}",
        scope="compile",
    )
    assert result.messages == [
        "a: text",
        "B: character varying(20)",
        "c: character varying(3)",
        "d: numeric(12,2)",
        "e: numeric(4,-1)",
        "f: numeric",
        "g: timestamp with time zone",
        "h: text[]",
    ]


def test_tests_alone_pass_and_write_nothing(captured):
    before = tables(captured.connection), captured.query(VERSIONS)
    captured.dbt("test", "--exclude-resource-type", "unit_test")
    assert (tables(captured.connection), captured.query(VERSIONS)) == before

    # They can fail: a row that came in by no build.
    captured.execute("update retention.load set rows = rows + 1")
    with pytest.raises(DbtError, match="accounts_balance_raw_hub_tap_log"):
        captured.dbt("test", "--select", "raw_hub_tap_log")


def test_one_model_at_a_time_comes_to_the_same(captured):
    captured.tap("2025-01-03 12:00:00")
    for model, left in (
        (MART, (101, 100, 100)),
        ("stg_hub_tap_log", (101, 100, 100)),
        ("raw_hub_tap_log", (101, 101, 100)),
        ("stg_hub_tap_log", (101, 101, 101)),
    ):
        captured.build("2025-01-12", "--select", model)
        assert captured.left() == left
        assert captured.total() == 100
    captured.build("2025-01-12", "--select", MART)
    assert captured.per_day()["2025-01-03"] == 11
    captured.assert_conserved(101)


@pytest.fixture(scope="module")
def expressions(server, tmp_path_factory) -> dict[str, str]:
    """What the privacy macros make of a column, as dbt compiles it."""
    calls = {
        "salt": "salt()",
        "email": "hash_pii('given.value', 'email')",
        "tag": "hash_pii('given.value', 'tag')",
        "ip": "hash_pii('given.value', 'ip')",
        "network": "ip_network('given.value')",
        "url": "url_without_person('given.value')",
        "url_with_source": (
            "url_without_person('given.value', ['utm_source', 'ref'])"
        ),
        "family": "user_agent_family('given.value')",
    }
    inline = "\n----\n".join(f"{{{{ {call} }}}}" for call in calls.values())
    result = dbt(
        tmp_path_factory.mktemp("inline"),
        *("compile", "--inline", inline),
        *("--no-introspect", "--no-populate-cache"),
    )
    parts = result.results[0].node.compiled_code.split("\n----\n")
    return dict(zip(calls, parts, strict=True))


def ask(
    connection: psycopg.Connection, expression: str, values: list[str | None]
) -> list[Any]:
    """An expression's value for each of the given texts."""
    found = connection.execute(
        f"select {expression.replace('%', '%%')}"
        " from unnest(%s::text[]) with ordinality as given (value, place)"
        " order by given.place",
        (values,),
    )
    return [row[0] for row in found]


SPACES = "".join(
    character
    for character in map(chr, range(0x110000))
    if character.isspace() or character in "\u200b\u200c\u200d\u2060\ufeff"
)
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def pseudonym(value: str | None, kind: str, salt: str) -> str | None:
    """The design's section 6, in Python."""
    if value is None:
        return None
    value = unicodedata.normalize("NFC", value).strip(SPACES).translate(LOWER)
    if not value:
        return None
    prefix = "" if kind == "email" else f"{kind}:"
    return hashlib.sha256(f"{prefix}{value}{salt}".encode()).hexdigest()


def nasty() -> list[str | None]:
    """Texts that two implementations are likely to treat differently."""
    chosen = [
        *(None, "", " ", "\t\n", "\u00a0\u200b", "\ufeff", "null", "NULL"),
        *("alice@example.com", " Alice@Example.COM\t", "ALICE@EXAMPLE.COM"),
        *("\u00e9lan@x.fr", "e\u0301lan@x.fr", "E\u0301lan@x.fr", "a\\b@x.com"),
        *("\\x41", "\\101", "A", "a", "\u0130stanbul", "istanbul", "I"),
        *("\u0399\u03a3", "\u03b9\u03c2", "stra\u00dfe", "STRASSE", "\u1e9e"),
        *("\u212a", "k", "\u212b", "\u00c5", "\u00e5", "\uff21", "\ufb01"),
        *("\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ud55c"),
        *("\u1112\u1161\u11ab", "a\u200db", "\u200da\u200d", "a b", "a\u00a0b"),
        *("'; drop table x; --", '"', "$$", "%s %", "{{ x }}", "a" * 70_000),
        *("\u0344", "q\u0307\u0323", "q\u0323\u0307", "\u1e9b\u0323", "\u2126"),
        *("\u0958", "\u0f73", "\ufb1d", "\u2adc", "\u3000x\u3000", "\x1fx\x7f"),
        *("10.20.30.40", "2001:DB8::1", "+49 170 1234567", "tag_1"),
    ]
    draw = random.Random(6)
    letters = "aAzZ09 @.\\\"'\t\u00a0\u200d\u0301\u0323\u00e9\u00c9\u0130\u03a3"
    letters += "\u1100\u1161\u11a8\u212a\U0001f600\ufeff\u3000\u2028\u0085"
    drawn = [
        "".join(draw.choices(letters, k=draw.randint(1, 12)))
        for _ in range(3000)
    ]
    return [*chosen, *drawn]


@pytest.mark.parametrize("kind", ["email", "tag", "ip"])
def test_a_pseudonym_is_the_same_bytes_in_python(read_only, expressions, kind):
    values = nasty()
    [(salt,)] = read_only.execute("select salt from pii.salt").fetchall()
    found = ask(read_only, expressions[kind], values)
    expected = [pseudonym(value, kind, salt) for value in values]
    different = [
        value
        for value, one, other in zip(values, found, expected, strict=True)
        if one != other
    ]
    assert different == []
    assert len(set(found)) > 2000


def test_a_pseudonym_is_the_same_on_a_server_of_another_locale(
    read_only, expressions
):
    # One that PostgreSQL 17 and later have built in, or ICU's, or the system's.
    [(collation,)] = read_only.execute(
        "select quote_ident(collname) from pg_collation"
        " where collname in ('pg_c_utf8', 'und-x-icu', 'C.utf8')"
        " order by collname = 'C.utf8', 1 limit 1"
    ).fetchall()
    elsewhere = f"(given.value collate {collation})"
    assert ask(read_only, f"lower({elsewhere})", ["\u00c9"]) == ["\u00e9"]

    expression = expressions["email"].replace("given.value", elsewhere)
    assert ask(read_only, expression, nasty()) == ask(
        read_only, expressions["email"], nasty()
    )


def test_the_golden_vectors_of_the_design_come_out(read_only, expressions):
    golden = {
        "alice@example.com": "af17752db2424d6f",
        " Alice@Example.COM\t": "af17752db2424d6f",
        "\u00e9lan@x.fr": "5ed67db222ead3c9",
        "e\u0301lan@x.fr": "5ed67db222ead3c9",
        "a\\b@x.com": "b253001ad2200bf6",
    }
    email = expressions["email"].replace(
        expressions["salt"], "'unit-test-salt-v1'"
    )
    assert "pii.salt" not in email
    found = ask(read_only, email, list(golden))
    assert [value[:16] for value in found] == list(golden.values())
    assert {len(value) for value in found} == {64}


def test_built_pseudonyms_are_those_of_the_stored_salt(read_only):
    [(salt,)] = read_only.execute("select salt from pii.salt").fetchall()
    rows = read_only.execute(
        'select raw."tagId", staging.tag_hash, staging.ip_hash'
        " from raw.raw_hub_tap_log as raw"
        " inner join staging.stg_hub_tap_log as staging"
        ' on staging.tap_id = raw."id"'
    ).fetchall()
    assert len(rows) == 100
    for tag, tag_hash, ip_hash in rows:
        assert tag_hash == pseudonym(tag, "tag", salt)
        assert ip_hash is None


def addresses() -> list[str]:
    """Valid addresses in every form, and what is nearly one."""
    draw = random.Random(4)
    made = ["", ".", ":", "::", ":::", "::1", "1::", "::ffff:1.2.3.4"]
    made += ["::FFFF:1.2.3.4", "1.2.3.4/24", "1.2.3.4\n", " 1.2.3.4", "1.2.3"]
    made += ["fe80::1%eth0", "1.2.3.4.5", "256.1.1.1", "-1.2.3.4", "0x7f.1.1.1"]
    made += ["01.02.03.04", "1.2.3.04", "\u0661.1.1.1", "2001:db8::1::2", "::g"]
    made += [
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
    ]
    made += [
        "1::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7",
        "::1.2.3.4",
    ]
    for number in ("0", "9", "99", "199", "249", "255", "256", "260", "300"):
        made += [
            f"{number}.2.3.4",
            f"1.2.3.{number}",
            f"1.2.{number}.0{number}",
        ]
    for _ in range(1000):
        four = ipaddress.IPv4Address(draw.getrandbits(32))
        six = ipaddress.IPv6Address(
            draw.getrandbits(128)
            & draw.choice([2**128 - 1, draw.getrandbits(128), 0xFFFF << 64])
        )
        made += [str(four), str(six), six.exploded, str(six).upper()]
        made += [f"::ffff:{four}"]
        # A character more, less or other than an address has.
        text = draw.choice([str(four), str(six), six.exploded])
        place = draw.randrange(len(text))
        other = draw.choice("0123456789abcdefg.:/% ")
        made += [
            text[:place] + text[place + 1 :],
            text[:place] + other + text[place:],
            text[:place] + other + text[place + 1 :],
            "".join(draw.choices("0123f.:", k=draw.randint(1, 20))),
        ]
    return made


def network(text: str) -> Any:
    """The /24 or /48 of an address; None where the text is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return ipaddress.ip_network(
        (address, 24 if address.version == 4 else 48), strict=False
    )


def test_networks_are_those_of_python_and_no_text_is_an_error(
    read_only, expressions
):
    texts = addresses()
    found = ask(read_only, f"({expressions['network']})::text", texts)
    pairs = [
        (text, network(text), one and ipaddress.ip_network(one))
        for text, one in zip(texts, found, strict=True)
    ]
    # PostgreSQL reads 010 as ten; in Python it is no number.
    wrong = [
        (text, expected, one)
        for text, expected, one in pairs
        if one != expected
        and not (expected is None and "." in text and one)
        and not (one is None and (("." in text and ":" in text) or "%" in text))
    ]
    assert wrong == []
    assert all(
        one is not None
        for _, expected, one in pairs
        if expected is not None and expected.version == 4
    )
    kinds = [expected and expected.version for _, expected, _ in pairs]
    assert min(kinds.count(kind) for kind in (None, 4, 6)) > 1000


def test_of_a_url_the_person_is_left_out(read_only, expressions):
    cases = {
        None: None,
        "": "",
        "https://shop.example/e/1": "https://shop.example/e/1",
        "https://shop.example/e/1?mail=eve%40x.org": "https://shop.example/e/1",
        "https://shop.example?mail=eve@x.org": "https://shop.example",
        "https://shop.example/#eve@x.org": "https://shop.example/",
        "https://shop.example/a#b?c": "https://shop.example/a",
        "https://eve:pw@shop.example/e": "https://shop.example/e",
        "https://eve@shop.example/e": "https://shop.example/e",
        "https://a%40b:p%40w@shop.example:8443": "https://shop.example:8443",
        "https://eve@x.org@shop.example/e": "https://shop.example/e",
        "//eve:pw@shop.example/e": "//shop.example/e",
        "eve:pw@shop.example/e?x": "shop.example/e",
        " https://eve:pw@shop.example/e": " https://shop.example/e",
        "ANDROID-APP+x.y://eve@host/p?q": "ANDROID-APP+x.y://host/p",
        # A URL within a URL.
        "https://t.example/?next=https://eve:pw@shop.example/": (
            "https://t.example/"
        ),
        "https://t.example/r/https://eve:pw@shop.example/e": (
            "https://t.example/r/https://shop.example/e"
        ),
        # No user info: the path belongs to the page.
        "https://social.example/@shop/1": "https://social.example/@shop/1",
        "shop.example:8443/e": "shop.example:8443/e",
        "/e/1?x": "/e/1",
        "not a url": "not a url",
        # There is nothing but the person in these.
        "mailto:eve@x.org?subject=hi": "mailto:",
        "MailTo:eve@x.org": "MailTo:",
        "tel:+491701234567": "tel:",
        "sms:+491701234567;body=x": "sms:",
        " tel:+491701234567": "tel:",
        "SMSTO:+491701234567:hi": "SMSTO:",
        "callto:+491701234567": "callto:",
        "whatsapp:491701234567": "whatsapp:",
        "skype:alice.doe": "skype:",
        "view-source:tel:+491701234567": "view-source:",
        "https:/eve:pw@shop.example/e": "https:",
        "https://shop.example/\n?eve@x.org\n#top": "https://shop.example/\n",
    }
    found = ask(read_only, expressions["url"], list(cases))
    assert dict(zip(cases, found, strict=True)) == cases

    kept = {
        None: None,
        "https://x.example/e?utm_source=tag&mail=a@b&ref=7#t": (
            "https://x.example/e?utm_source=tag&ref=7"
        ),
        "https://eve@x.example/e?mail=a@b": "https://x.example/e",
        "https://x.example/e": "https://x.example/e",
        "https://x.example/e#?ref=1": "https://x.example/e",
        "https://x.example/?UTM_SOURCE=1&refs=2&ref": "https://x.example/?ref",
    }
    found = ask(read_only, expressions["url_with_source"], list(kept))
    assert dict(zip(kept, found, strict=True)) == kept


def test_of_a_user_agent_a_closed_list_of_families_is_left(
    read_only, expressions
):
    mozilla = "Mozilla/5.0 (X) AppleWebKit/537.36 (KHTML, like Gecko)"
    cases = {
        None: None,
        "": None,
        "-": None,
        f"{mozilla} Chrome/131.0 Safari/537.36": "Chrome",
        f"{mozilla} Chrome/131.0 Safari/537.36 Edg/131.0": "Edge",
        f"{mozilla} Chrome/131.0 Safari/537.36 OPR/116.0": "Opera",
        f"{mozilla} SamsungBrowser/27.0 Chrome/125.0 Safari/5": (
            "Samsung Internet"
        ),
        f"{mozilla} Version/18.1 Mobile/15E148 Safari/604.1": "Safari",
        f"{mozilla} CriOS/131.0 Mobile/15E148 Safari/604.1": "Chrome",
        f"{mozilla} FxiOS/133.0 Mobile/15E148 Safari/605.1.15": "Firefox",
        "Mozilla/5.0 (X11; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox",
        "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko": (
            "Internet Explorer"
        ),
        f"{mozilla} (compatible; Googlebot/2.1) Chrome/131.0 Safari/5": "Bot",
        "BINGBOT": "Bot",
        "curl/8.11.0": "Script",
        "Python-urllib/3.12": "Script",
        "alice@example.com": "Other",
        "Mozilla/5.0 (device-id 1234-5678)": "Other",
        "\u0130\u0131 \U0001f600 % _ \\": "Other",
    }
    found = ask(read_only, expressions["family"], list(cases))
    assert dict(zip(cases, found, strict=True)) == cases

    families = set(cases.values())
    assert set(ask(read_only, expressions["family"], nasty())) <= families
