"""Names of issuing bodies: telling them, splitting joint ones (发文机关)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from indexer.structure.regions import is_central, is_central_name
from indexer.structure.text import close_up, fold, squeeze

_ENDINGS = (
    "部|委|委员会|局|厅|署|办|办公室|办公厅|政府|党委|党组|工委|银行|支行|分行|总会|协会|学会|商会|联合会|"
    "工会|妇联|工商联|小组|指挥部|中心|海关|管委会|总队|支队|公司|集团|基金|基金会|理事会|联社|机制|专班|"
    "人大|政协|残联|科协|科学院|工程院|法院|检察院|研究院|国务院|大学|学院|团中央|全国委员会|总社|兵团|外汇管理部|"
    "联席会议|协调组|工作组|司|秘书局|监会|税务总局|供销社|新华社|交易所|事务所|服务所|管理所|管理处|管理站|管理部"
)
_BODY = re.compile(
    rf"[\u4e00-\u9fff（）()·“”\"、/—\-]{{0,48}}(?:{_ENDINGS})(?:[（(][\u4e00-\u9fff]{{1,12}}[）)])?$"
)
_NOT_BODY = re.compile(
    r"^(?:各|为|根据|依据|按照|在|以|于|将|现|会同|报|受|有关|全省|全市|全区|由|请|经|并|对|向|至|从|及|按|本|该|其他|相关|联系|咨询|抄送|印发|附件|主管|归口)|[。，；：:？！]|关于|贯彻|落实|精神|工作的|以上|以下"
)
_SPLIT = re.compile(r"[\s，,；;]+|、(?![^（(]*[）)])")
_WIDE_GAP = re.compile(r"\u3000+|[ \t]{2,}")
_SINGLES = re.compile(r"(?<![^\s])(?:\S\s+){1,20}\S(?![^\s])")
_TITLE_ISSUER = re.compile(
    r"(?P<who>.{2,160}?)\s*(?:关于|印发|转发|批转|发布|公布|令$|令第|公告$|通告$|公告第|公告20)"
)
_MEETING = re.compile(
    r"(?P<place>[\u4e00-\u9fff]{0,14}?)第[一二三四五六七八九十]{1,3}届(?P<national>全国)?人民代表大会(?P<standing>常务委员会)?"
)
_ORDER = re.compile(
    r"经?(?P<who>[\u4e00-\u9fff、]{2,40})(?:令第|第\d+次(?:部务|局务|署务|委务|常务|办公)会议|发布\W*$|公布\W*$)"
)
_LONGEST = 60


def is_body(name: str) -> bool:
    """
    Whether a text is the name of a body and nothing else (是否机关名).

    >>> is_body("昆明市晋宁区人民政府办公室"), is_body("各州、市人民政府"), is_body("二、工作目标")
    (True, False, False)
    """
    name = squeeze(name)
    if not 2 <= len(name) <= _LONGEST or _NOT_BODY.search(name):
        return False
    return bool(_BODY.match(name)) or (is_central_name(name))


def split_bodies(text: str) -> tuple[str, ...]:
    """
    The bodies that a text names side by side (拆分联合发文机关).

    Empty when some part is no body's name, since then the text is something else.

    >>> split_bodies("财 政 部　税务总局"), split_bodies("北京市财政局、北京市市场监督管理局")
    (('财政部', '税务总局'), ('北京市财政局', '北京市市场监督管理局'))
    """
    apart = [piece for piece in _WIDE_GAP.split(text.strip()) if piece]
    if len(apart) > 1 and all(is_body(piece) for piece in apart):
        return unique(tidy_body(piece) for piece in apart)
    plain = _SINGLES.sub(lambda hit: hit[0].replace(" ", ""), fold(text))
    parts = [part for part in _SPLIT.split(plain) if part]
    if not parts or not all(is_body(part) for part in parts):
        whole = squeeze(text)
        return (tidy_body(whole),) if is_body(whole) else ()
    return unique(tidy_body(part) for part in _without_doubles(parts))


def _without_doubles(parts: Sequence[str]) -> list[str]:
    """A name that is two of the others run together is a slip of the typesetter."""
    known = set(parts)
    joined = {a + b for a in known for b in known if len(known) <= 12}
    return [part for part in parts if part not in joined]


def tidy_body(name: str) -> str:
    """A body's name as it is written, without spread blanks and 中华人民共和国 (机关名整理)."""
    bare = squeeze(close_up(name)).replace("(", "（").replace(")", "）")
    bare = re.sub(r"（?(?:代章|盖章|章)）?$", "", bare)
    short = bare.removeprefix("中华人民共和国")
    return short if short and is_central(short) else bare


def title_bodies(title: str) -> tuple[str, ...]:
    """
    The bodies that a title begins with (标题中的发文机关).

    >>> title_bodies("财政部 税务总局关于延续有关税费政策的公告")
    ('财政部', '税务总局')
    """
    found = _TITLE_ISSUER.match(title)
    return split_bodies(found["who"]) if found else ()


def letterhead_bodies(line: str) -> tuple[str, ...]:
    """
    The bodies of a letterhead or an order (发文机关标志): 云南省人民政府文件, 国务院令.

    >>> letterhead_bodies("中华人民共和国国务院令"), letterhead_bodies("昆明市人民政府文件")
    (('国务院',), ('昆明市人民政府',))
    """
    bare = re.sub(r"(?:文件|令|公告|通告|函)(?:第?\s*\S{1,8}\s*号)?$", "", fold(line)).strip()
    return split_bodies(bare) if bare and bare != fold(line) else ()


def passed_by(line: str) -> tuple[str, ...]:
    """
    Who passed or ordered a law, from a line of its history; approval from above is no passing.

    >>> passed_by("（2020年9月24日 浙江省第十三届人民代表大会常务委员会第二十四次会议通过）")
    ('浙江省人民代表大会常务委员会',)
    >>> passed_by("2022年3月1日 国家市场监督管理总局令第52号公布")
    ('国家市场监督管理总局',)
    """
    bare = squeeze(line).replace("日", "日 ")
    if re.search(r"(?:施行|实施)\W*$", bare) or re.match(r"(?:(?!通过).)*批准", bare):
        return ()
    found = _MEETING.search(bare)
    if found is not None:
        place = "全国" if found["national"] or not found["place"] else found["place"]
        return (f"{place}人民代表大会{found['standing'] or ''}",)
    order = _ORDER.search(bare)
    if order is not None:
        return split_bodies(order["who"])
    return ("国务院",) if "国务院" in bare else ()


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order of appearance (去重)."""
    return tuple(dict.fromkeys(names))
