"""Words of Chinese units, currencies, signs and abbreviations."""

from __future__ import annotations

from engine.text.normalise.tables import Tables

TABLES = Tables("zh")
# what is counted with 两, not 二, in simplified and traditional characters
_COUNTER_WORDS = """
    个 個 位 名 只 隻 条 條 张 張 本 件 次 天 块 塊 人 斤 公里 公斤 公顷 公頃 公尺 公分 小时 小時 小节 小勺 种
    種 家 辆 輛 座 棵 头 頭 匹 双 雙 岁 歲 杯 瓶 碗 句 段 篇 首 部 台 臺 层 層 间 間 把 支 枝 根 颗 顆 片 步 遍
    趟 回 下 点 點 分 秒 周 週 倍 元 角 毛 美元 欧元 英镑 港元 日元 年 室 厅 廳 门 門 场 場 轮 輪 组 組 队 隊 批
    份 克 千克 毫克 吨 噸 米 平方 立方 毫 升 厘米 分米 海里 英 尺 寸 亩 畝 盒 包 袋 箱 桶 罐 串 套 副 幅 朵 束
    所 栋 棟 幢 艘 架 列 样 樣 项 項 刻 勺 滴 粒 群 节 節 口 股 者 国 國 国家 代人 度 摄氏度 华氏度 面 封 笔 筆
    扇 盏 盞 盘 盤 桌 餐 菜 顿 頓 堂 集 道 起 夜 晚 伏 瓦 安 千 万 萬 亿 億 星期 礼拜 禮拜 个月 個月 分钟 分鐘
    秒钟 秒鐘 兆 赫 英里 英寸 光年 磅 盎司 茶匙 汤匙 大 成 票 对 對 架次 人次 方面 端 侧 壶 壺 锅 鍋 管 卷 册 冊
    幕 处 處 届 期间 则 則 款 类 類 種類 款式
"""
COUNTERS = _COUNTER_WORDS.split()
# begin like a counter and are not counted: 2年级, 2号线 and 2点5 keep 二
NOT_COUNTED = (
    "年级|年級|分之|部曲|线|線|两|两|度空间|届|名单|代|大爷|人转|元一次|元方程|进制|进宫|次元|次方|次函数"
)
CURRENCIES = TABLES.words("currencies")
# a kilometre is 公里, as people say it: 五千米 would be 5000 metres, too
UNITS = TABLES.words("units")
# read without a number, too; one letter alone is a name
ALONE = ("km", "cm", "mm", "kg", "mg", "ml", "mL", "kWh", "°C", "°F", "mmol")
POWERS = TABLES.words("powers")
ABBREVIATIONS = TABLES.words("abbreviations")
TITLES = TABLES.words("titles")
# before a number: the word before it and the word behind it
LABELS = TABLES.pairs("labels")
SIGNS = TABLES.words("signs")
MONEY_ALONE = TABLES.words("money_alone")
# rulers whose numeral is said with 世 where only the numeral is written; 路易十四 has none
RULERS = (
    "亨利 伊丽莎白 查理 查尔斯 爱德华 詹姆斯 威廉 乔治 腓力 菲利普 弗朗茨 拿破仑 凯瑟琳 叶卡捷琳娜 亚历山大 尼古拉 "
    "若望 保禄 方济各 本笃 庇护 利奥 伊麗莎白 亞歷山大"
)
