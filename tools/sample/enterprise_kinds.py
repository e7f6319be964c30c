"""The kinds of enterprises the sample draws from (样例企业的类型): all values invented."""

from __future__ import annotations

from dataclasses import dataclass

# Every brand begins with 样, 例, 演 or 试, so that nobody takes one for a real firm.
BRANDS = (
    "样泽", "例丰", "演石", "试禾", "样滇", "例昆", "演宁", "试湖", "样岭", "例穗",
    "演川", "试云", "样谷", "例松", "演澜", "试峰", "样桥", "例晟", "演和", "试晨",
)  # fmt: skip
# GB/T 2260 and the statistical codes of streets.
STREETS = {
    "530115": "", "530115001": "昆阳街道", "530115002": "宝峰街道", "530115003": "晋城街道",
    "530115101": "二街镇", "530115102": "上蒜镇", "530115103": "六街镇",
    "530115200": "双河彝族乡", "530115201": "夕阳彝族乡",
}  # fmt: skip
TOWN = ("530115001", "530115003")
PARK = ("530115002", "530115101", "530115102")
RURAL = ("530115102", "530115103", "530115003", "530115200", "530115201")
Qualifying = tuple[tuple[str, str, float, int], ...]
INNOVATIVE: Qualifying = (
    ("high_tech", "national", 0.45, 3),
    ("tech_sme", "", 0.5, 1),
    ("innovative_sme", "province", 0.4, 3),
    ("specialized_sme", "province", 0.3, 3),
    ("little_giant", "national", 0.1, 3),
)


@dataclass(frozen=True)
class Kind:
    """A kind of enterprise and how many there are."""

    count: int
    words: tuple[str, ...]
    industries: tuple[str, ...]
    scope: str
    staff: tuple[int, ...]
    revenue_per_head: int
    regions: tuple[str, ...]
    suffix: str = "有限公司"
    place: str = "昆明"
    prefix: str = "91"
    entity_type: str = "enterprise"
    research: float = 0.0
    exports: float = 0.05
    in_zone: float = 0.1
    chain: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    qualifications: Qualifying = ()


KINDS = (
    Kind(20, ("磷化工", "精细磷盐", "新磷材料"), ("2613", "2622", "2624", "2619"),
         "磷酸盐、磷肥及精细磷化工产品的生产与销售；磷石膏综合利用；货物进出口",
         (30, 80, 180, 350, 900), 1_600_000, PARK, research=0.03, exports=0.3, in_zone=0.8,
         chain=("磷化工",), themes=("新材料", "绿色化工"), qualifications=INNOVATIVE),
    Kind(20, ("花卉", "园艺", "鲜切花"), ("0143", "0149"),
         "花卉种植；花卉种苗繁育；鲜切花销售；农业技术推广服务",
         (6, 15, 40, 90), 260_000, RURAL, place="晋宁", research=0.015, exports=0.3,
         chain=("花卉",), themes=("现代农业",),
         qualifications=(("leading_agri", "city", 0.2, 2), ("leading_agri", "province", 0.15, 2))),
    Kind(10, ("新型建材", "混凝土"), ("3021", "3031", "3039", "3011"),
         "水泥制品、砖瓦、石材及新型墙体材料的制造与销售；固体废物综合利用",
         (18, 60, 140), 700_000, PARK, research=0.01, in_zone=0.4, themes=("资源循环利用",),
         qualifications=(("innovative_sme", "province", 0.15, 3),)),
    Kind(12, ("物流", "供应链"), ("5432", "5910", "5920", "5829"),
         "道路货物运输；仓储服务；货物运输代理；冷链物流",
         (8, 25, 70, 160), 550_000, (*PARK, *TOWN), in_zone=0.3, chain=("商贸物流",)),
    Kind(16, ("食品", "农产品加工", "调味品"), ("1371", "1432", "1469", "1353"),
         "蔬菜、肉制品、调味品的加工与销售；农副产品收购；食品生产",
         (12, 35, 90, 220), 480_000, (*PARK, *RURAL), research=0.012, exports=0.15, in_zone=0.35,
         chain=("绿色食品",), themes=("现代农业",),
         qualifications=(("leading_agri", "province", 0.2, 2), ("time_honored", "province", 0.1, 3),
                         ("innovative_sme", "province", 0.2, 3))),
    Kind(14, ("软件", "信息技术"), ("6513", "6531", "6540", "6429"),
         "软件开发；信息系统集成服务；工业互联网数据服务；数据处理和存储支持服务",
         (6, 18, 45, 110), 420_000, TOWN, research=0.12, in_zone=0.3,
         chain=("电子信息",), themes=("数字经济", "新一代信息技术"), qualifications=INNOVATIVE),
    Kind(10, ("餐饮",), ("6210", "6220", "6291"), "餐饮服务；食品销售；集体用餐配送",
         (5, 16, 45, 130), 180_000, TOWN, place="晋宁"),
    Kind(8, ("旅游", "文化旅游"), ("7291", "6110", "7862", "6130"),
         "旅行社服务；住宿服务；游览景区管理；研学活动组织",
         (6, 20, 60), 200_000, TOWN, place="晋宁", chain=("文化旅游",)),
    Kind(14, ("装备制造", "机电设备"), ("3511", "3484", "3463", "3821"),
         "矿山机械、环保设备及电气设备的研发、制造与销售；智能装备制造",
         (20, 65, 160, 420), 650_000, PARK, research=0.045, exports=0.15, in_zone=0.75,
         chain=("装备制造",), themes=("高端装备制造", "智能制造"), qualifications=INNOVATIVE),
    Kind(6, ("新能源材料",), ("3985", "3841", "2613"),
         "电池级磷酸铁及磷酸铁锂材料的研发、生产与销售",
         (60, 200, 700), 2_200_000, PARK, research=0.05, exports=0.2, in_zone=1.0,
         chain=("新能源电池",), themes=("新能源", "新材料"), qualifications=INNOVATIVE),
    Kind(6, ("商贸", "电子商务"), ("5199", "5292", "5121"),
         "日用百货及农产品批发；互联网销售；直播电商服务",
         (5, 14, 40), 1_300_000, TOWN, place="晋宁", chain=("商贸物流",)),
    Kind(4, ("检测技术",), ("7452", "7461"), "检验检测服务；环境保护监测；技术咨询服务",
         (12, 30), 320_000, TOWN, research=0.06, themes=("科技服务",), qualifications=INNOVATIVE),
    Kind(2, ("数字科技",), ("6513",), "软件开发；信息技术咨询服务", (15, 40), 450_000, ("530114",),
         research=0.1, chain=("电子信息",), themes=("数字经济",), qualifications=INNOVATIVE),
    Kind(2, ("花卉种植",), ("0143",), "花卉种植、销售；为成员提供技术服务", (8, 25), 150_000, RURAL,
         place="晋宁", suffix="农民专业合作社", prefix="93", entity_type="cooperative"),
    Kind(6, ("小吃店", "米线店"), ("6291",), "小餐饮服务", (1, 3), 120_000, TOWN,
         place="晋宁区", suffix="（个体工商户）", prefix="92", entity_type="individual_business"),
)  # fmt: skip
