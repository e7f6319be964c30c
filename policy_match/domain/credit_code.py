"""Checks unified social credit codes (统一社会信用代码), GB 32100-2015."""

from __future__ import annotations

from stdnum.cn import uscc
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    InvalidFormat,
    InvalidLength,
    ValidationError,
)

from policy_match.domain.codes import code_table, fold
from policy_match.errors import EnterpriseError

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_LOOKALIKES = str.maketrans({"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"})
_SEPARATORS = str.maketrans("", "", " -\u3000\t\u200b\ufeff")
_BY_HAND = "请对照营业执照核对"


def check_credit_code(text: str) -> str:
    """
    Return the canonical code: 18 characters, upper case, half width (校验统一社会信用代码).

    Raises:
        EnterpriseError: it is no such code; says whether length, character, region or check
            digit is wrong, and what to do.

    >>> check_credit_code(" 91110000600037341l ")
    '91110000600037341L'
    """
    code = fold(text).translate(_SEPARATORS).upper()
    try:
        return str(uscc.validate(code))
    except ValidationError as problem:
        raise _explain(text, code, problem) from None


def _explain(text: str, code: str, problem: ValidationError) -> EnterpriseError:
    shown = f"统一社会信用代码“{text.strip()}”"
    if isinstance(problem, InvalidLength):
        return EnterpriseError(f"{shown}有 {len(code)} 位，应为 18 位", advice=_length_advice(code))
    wrong = [(n, char) for n, char in enumerate(code, 1) if char not in _ALPHABET]
    if wrong:
        place, char = wrong[0]
        hint = char.translate(_LOOKALIKES)
        advice = f"是否应为“{hint}”？{_BY_HAND}" if hint != char else _BY_HAND
        return EnterpriseError(f"{shown}第 {place} 位“{char}”不在可用字符中", advice=advice)
    if isinstance(problem, InvalidFormat):
        return EnterpriseError(f"{shown}第 3—8 位应为数字（登记机关行政区划码）", advice=_BY_HAND)
    if isinstance(problem, InvalidComponent):
        return EnterpriseError(f"{shown}的组成部分有误（{problem.message}）", advice=_BY_HAND)
    if isinstance(problem, InvalidChecksum):
        right = f"{code[:17]}{uscc.calc_check_digit(code[:17])}"
        advice = f"前 17 位若无误，末位应为“{right[-1]}”；{_BY_HAND}"
        return EnterpriseError(f"{shown}末位校验码不符", advice=advice)
    return EnterpriseError(f"{shown}不是有效的统一社会信用代码", advice=_BY_HAND)


def _length_advice(code: str) -> str:
    if len(code) == 15 and code.isdecimal():
        return "15 位是旧工商注册号，请填写换照后的 18 位代码"
    if len(code) == 9:
        return "9 位是组织机构代码，请填写含它的 18 位代码"
    return f"是否漏填或多填？{_BY_HAND}"


def region_of(credit_code: str) -> str:
    """
    The region of the registration authority, digits 3-8, former codes as successors (登记机关区划).

    It says where the enterprise was first registered, which is not always where it is now.

    >>> region_of("91530122216573756Q")
    '530115'
    """
    return code_table("region").canonical(check_credit_code(credit_code)[2:8])
