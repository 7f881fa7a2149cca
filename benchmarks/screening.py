"""Screening: how fast, and how right, on the published lists.

`python -m benchmarks.screening DATA [--parties N]`: DATA holds the lists of the United Nations and of OFAC, and the
labelled comparisons. Times are of the processor, of one thread, so that other work on the machine counts little.

- *Speed*: parties a second and the 99th percentile over parties of 30 countries and listed ones, each party asked once;
  names repeat as they do among people.
- *Labelled comparisons*: precision at the first score that gives a recall of 0.95, and the best F1.
- *Aliases*: a name of a listed party against its other names, and against those of the party whose name is spelled most
  like it. Aliases that no measure of spelling connects (another name altogether) are counted and reported apart.
- *Scripts*: the pairs of `tests/screening`.
- *Alerts*: of a thousand clean names.
"""

import argparse
import gc
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from anyascii import anyascii
from faker import Faker
from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

from comity.screening import SCHEMATA, THRESHOLD, Entity, SanctionsList, Schema, Screener, read_list
from comity.screening.names import compare, read_name
from tests.screening.pairs import pairs

LOCALES = (
    *("en_US", "en_GB", "de_DE", "fr_FR", "es_MX", "pt_BR", "it_IT", "nl_NL", "pl_PL", "cs_CZ", "ru_RU", "uk_UA"),
    *("tr_TR", "ar_SA", "fa_IR", "he_IL", "hi_IN", "bn_BD", "ta_IN", "th_TH", "zh_CN", "ja_JP", "ko_KR", "el_GR"),
    *("hy_AM", "ka_GE", "vi_VN", "id_ID", "ro_RO", "sv_SE"),
)
Scored = list[tuple[int, bool]]
"""Scores, and whether the two were the same."""


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the lists")
    parser.add_argument("--parties", type=int, default=20_000, help="parties for the speed")
    arguments = parser.parse_args()
    folder: Path = arguments.data
    begin = time.process_time()
    lists = [read_list(folder / "un_consolidated_2026-02-27.xml.gz"), read_list(folder)]
    read = time.process_time()
    screener = Screener(lists)
    built = time.process_time()
    count = sum(found.count for found in lists)
    names = sum(len(each.names) + len(each.weak_names) for found in lists for each in found.entities)
    print(f"lists: {count:,} parties, {names:,} names; read in {read - begin:.1f} s, indexed in {built - read:.1f} s")
    clean = list(_clean(arguments.parties // len(LOCALES)))
    _speed(screener, lists, clean)
    _alerts(screener, clean)
    _report("labelled comparisons", _labelled(folder / "nomenklatura_entity_bench_checks.yml"))
    _aliases(lists)
    _report("scripts", [(_score(Schema.PERSON, pair.asked, pair.listed), pair.same) for pair in pairs()])


def _score(schema: Schema, asked: str, listed: str) -> int:
    person, vessel = schema == Schema.PERSON, schema == Schema.VESSEL
    names = (read_name(text, person=person, vessel=vessel) for text in (asked, listed))
    return compare(*names, person=person).score


def _clean(each: int) -> Iterator[tuple[str, Entity]]:
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(7)
        for number in range(each):
            person = number % 4 > 0
            name = f"{fake.first_name()} {fake.last_name()}" if person else fake.company()
            yield locale, Entity("q", Schema.PERSON if person else Schema.ORGANIZATION, (name,))


def _speed(screener: Screener, lists: Sequence[SanctionsList], clean: Sequence[tuple[str, Entity]]) -> None:
    chance = random.Random(1)
    listed = [entity for found in lists for entity in found.entities]
    asked = [party for _, party in clean]
    asked += [Entity("q", entity.schema, entity.names[:1]) for entity in chance.choices(listed, k=len(clean) // 20)]
    chance.shuffle(asked)
    gc.freeze()
    times = []
    for party in asked:
        begin = time.process_time()
        screener.match(party)
        times.append(time.process_time() - begin)
    rate = len(times) / sum(times)
    times.sort()
    middle, last = (1000 * times[len(times) * share // 100] for share in (50, 99))
    print(f"speed: {len(asked):,} parties, {rate:,.0f}/s on one core; p50 {middle:.2f} ms, p99 {last:.2f} ms")


def _alerts(screener: Screener, clean: Sequence[tuple[str, Entity]]) -> None:
    for threshold in (THRESHOLD, 85, 90):
        alerts = Counter(locale for locale, party in clean if screener.match(party, threshold))
        of = Counter(locale for locale, _ in clean)
        most = ", ".join(f"{locale} {1000 * count // of[locale]}" for locale, count in alerts.most_common(6))
        print(f"alerts of 1,000 clean names at {threshold}: {1000 * alerts.total() / len(clean):.1f}; most: {most}")


def _labelled(path: Path) -> Scored:
    parts = ("firstName", "secondName", "middleName", "fatherName", "motherName", "lastName")
    scored = []
    for check in yaml.safe_load(path.read_text())["checks"]:
        schema = SCHEMATA[check["schema"]]
        asked, listed = (
            side.get("name") or " ".join(side[part] for part in parts if part in side)
            for side in (check["query"], check["candidate"])
        )
        ways = [schema] if schema != Schema.LEGAL_ENTITY else [Schema.PERSON, Schema.ORGANIZATION]
        others = [listed] if schema == Schema.PERSON else [listed, *listed.split("/")]
        score = max(_score(way, asked, other) for way in ways for other in others)
        scored.append((score, bool(check["match"])))
    return scored


def _aliases(lists: Sequence[SanctionsList], count: int = 1_500) -> None:
    chance = random.Random(5)
    entities = [entity for found in lists for entity in found.entities]
    owners = [entity for entity in entities for _ in entity.names]
    plain = [_plain(name) for entity in entities for name in entity.names]
    scored: Scored = []
    apart: Scored = []
    for entity in chance.sample([entity for entity in entities if len(entity.names) > 1], count):
        asked = chance.choice(entity.names)
        rest = [name for name in entity.names if name != asked]
        alike = max(fuzz.token_sort_ratio(_plain(asked), _plain(name)) for name in rest)
        best = max(_score(entity.schema, asked, name) for name in rest)
        (scored if alike >= 60 else apart).append((best, True))
        for _, likeness, place in process.extract(_plain(asked), plain, scorer=fuzz.token_sort_ratio, limit=60):
            other = owners[place]
            if other.schema == entity.schema and not _maybe_same(entity, other, likeness):
                scored.append((max(_score(entity.schema, asked, name) for name in other.names), False))
                break
    _report("aliases", scored)
    found = sum(score >= THRESHOLD for score, _ in apart)
    print(f"  of {len(apart)} aliases that are other names altogether, {found} are found")


def _plain(text: str) -> str:
    plain: str = default_process(anyascii(text))
    return plain


def _maybe_same(one: Entity, other: Entity, likeness: float) -> bool:
    """Whether two listed parties may be one in two lists: then they are no example of two."""
    return (
        one.id == other.id
        or bool(set(one.birth_dates) & set(other.birth_dates))
        or bool(set(map(_plain, one.names)) & set(map(_plain, other.names)))
        or (likeness > 85 and bool(set(one.countries) & set(other.countries)))
    )


def _report(name: str, scored: Scored) -> None:
    same = sum(truth for _, truth in scored)
    curve = []
    for threshold in range(100, 20, -1):
        found = sum(truth for score, truth in scored if score >= threshold)
        false = sum(not truth for score, truth in scored if score >= threshold)
        if found:
            curve.append((threshold, found / same, found / (found + false), 2 * found / (found + false + same)))
    best = max(curve, key=lambda point: point[3])
    print(f"{name}: {same} of one, {len(scored) - same} of two")
    wanted = [("best F1", best), ("at the threshold", next(point for point in curve if point[0] == THRESHOLD))]
    wanted += [("recall 0.95", point) for point in curve if point[1] >= 0.95][:1]
    for label, (threshold, recall, precision, f1) in wanted:
        print(f"  {label}: at {threshold} recall {recall:.3f}, precision {precision:.3f}, F1 {f1:.3f}")


if __name__ == "__main__":
    main()
