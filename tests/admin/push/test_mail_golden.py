"""Mail as it arrives, kept as files: every change of a byte is seen in review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from admin.push.channels import Letter
from admin.push.channels.message import build_message
from admin.push.links import Link, LinkSigner, Purpose, fill, mark
from policy_match.digest import Caller, Digest, Item, Sending, to_html, to_text

FOLDER = Path(__file__).parent / "golden"
SIGNER = LinkSigner("a" * 64, "https://zc.example.cn")
DAY = date(2026, 11, 24)

ITEM = Item(
    title="支持企业首次“升规”",
    verdict="符合条件，需自查",
    gives="资金补助，最高10万元",
    why=("从业人员 35人，需 ≥ 20人：符合", "行业 C2720，需属于制造业：符合"),
    to_check=("请自查：近三年无重大安全事故",),
    by_when="申报中，2026年12月31日截止",
    how="向区工信局提交申请表",
    materials=4,
    ask="区工信局 0871-67891234",
    source="《支持企业发展若干措施》（晋政发〔2026〕1号）",
    url="https://www.example.gov.cn/a?b=1&c=2",
    quote="对首次升规的工业企业给予一次性补助。",
    link=mark(Purpose.ITEM, 1),
)
SENDING = Sending(
    number="TS20261124-0A1B2C3D",
    sender="示例区营商环境办",
    verify_url=SIGNER.verify_url("TS20261124-0A1B2C3D"),
    settings_url=mark(Purpose.SETTINGS),
    caller=Caller("李专员", "东山街道", "0871-67890000"),
)
DIGESTS = {
    "items": Digest("示例机械<有限>公司", DAY, (ITEM,), (), SENDING),
    "questions": Digest(
        "示例机械有限公司",
        DAY,
        (),
        ("从业人员有多少人？", "是否高新技术企业？"),
        Sending(
            number=SENDING.number,
            sender=SENDING.sender,
            verify_url=SENDING.verify_url,
            settings_url=mark(Purpose.SETTINGS),
            questions_url=mark(Purpose.QUESTIONS),
            caller=Caller("", "东山街道", "0871-67890001"),
        ),
    ),
    "without_sending": Digest("示例机械有限公司", DAY, (ITEM,), ("从业人员有多少人？",)),
}


def url_of(purpose: Purpose, position: int) -> str:
    return SIGNER.url(Link(purpose, 7, position), day=DAY)


@pytest.mark.parametrize("name", DIGESTS)
def test_what_an_enterprise_reads(golden: Callable[[Path, str], None], name: str) -> None:
    """What you get, why you fit, by when, how, materials, whom to ask; trust."""  # mission 2
    digest = DIGESTS[name]
    html, text = fill(to_html(digest), url_of), fill(to_text(digest), url_of)
    golden(FOLDER / f"{name}.html", html)
    golden(FOLDER / f"{name}.txt", text)
    assert "\ue000" not in html + text
    assert "<有限>" not in html


def test_the_message_byte_for_byte(golden: Callable[[Path, str], None]) -> None:
    digest = DIGESTS["items"]
    letter = Letter(
        id="7",
        number=SENDING.number,
        address="c1@enterprise.example",
        subject=digest.subject,
        text=fill(to_text(digest), url_of),
        html=fill(to_html(digest), url_of),
        headers={"List-Unsubscribe": f"<{url_of(Purpose.ONE_CLICK, 0)}>"},
    )
    message = bytes(build_message(letter, sender="zc@office.example")).decode("ascii")
    assert f"\r\nList-Unsubscribe: <{url_of(Purpose.ONE_CLICK, 0)}>\r\n" in message
    golden(FOLDER / "message.eml", message.replace("\r\n", "\n"))
