"""Korean words whose sound no rule of spelling gives: compounds that insert an ㄴ, tense a consonant or keep one.

Each is respelt only so far that the rules of `korean_rules` do the rest: 꽃잎 as 꽃닢, which they speak as 꼰닙.
Most are the examples of the Standard Pronunciation (National Institute of Korean Language, 1988; sections 15 to 30),
the others frequent words of the same kinds from the Standard Korean Language Dictionary.
"""

from __future__ import annotations

import re

# section 15: a final consonant before a word of its own is spoken as at the end of a word
_KEPT_APART = (
    "맛없 맏없 겉옷 걷옷 헛웃음 헏웃음 젖어미 젇어미 값어치 갑어치 값있 갑있 첫인상 첟인상 몇월 멷월"
)
# section 20, exceptions: ㄴㄹ across the seam of a Sino-Korean compound
_NO_LATERAL = (
    "의견란 의견난 임진란 임진난 생산량 생산냥 결단력 결딴녁 판단력 판단녁 공권력 공꿘녁 동원령 동원녕 "
    "상견례 상견녜 횡단로 횡단노 이원론 이원논 음운론 음운논 입원료 입원뇨 구근류 구근뉴 온라인 온나인"
)
# section 26: ㄹ before ㄷ ㅅ ㅈ in Sino-Korean words
_TENSED_AFTER_L = (
    "갈등 갈뜽 발동 발똥 절도 절또 말살 말쌀 불소 불쏘 일시 일씨 갈증 갈쯩 물질 물찔 발전 발쩐 몰상식 "
    "몰쌍식 불세출 불쎄출 발달 발딸 활동 활똥 결정 결쩡 결제 결쩨 결석 결썩 출장 출짱 출신 출씬 실수 "
    "실쑤 실제 실쩨 실시 실씨 실질 실찔 열심 열씸 열정 열쩡 일상 일쌍 일정 일쩡 일단 일딴 일등 일뜽 필수 "
    "필쑤 철저 철쩌 설득 설뜩 질서 질써 월세 월쎄 별도 별또 발생 발쌩 칠십 칠씹 팔십 팔씹 글자 글짜 팔자 "
    "팔짜"
)
# section 28: compounds that would be written with a ㅅ between them if their first part ended in a vowel
_TENSED_COMPOUNDS = (
    "문고리 문꼬리 눈동자 눈똥자 신바람 신빠람 산새 산쌔 손재주 손째주 길가 길까 물동이 물똥이 발바닥 "
    "발빠닥 굴속 굴쏙 술잔 술짠 바람결 바람껼 그믐달 그믐딸 아침밥 아침빱 강가 강까 초승달 초승딸 등불 "
    "등뿔 창살 창쌀 강줄기 강쭐기 물고기 물꼬기 손가락 손까락 발가락 발까락 용돈 용똔 인기 인끼 조건 "
    "조껀 사건 사껀 한자 한짜 보름달 보름딸 밤새 밤쌔 줄넘기 줄넘끼 눈사람 눈싸람 산불 산뿔 안방 안빵 "
    "비빔밥 비빔빱 김밥 김빱"
)
# sections 29 and 30.3: an ㄴ before 이 야 여 요 유 at the seam of a compound
_WITH_N = (
    "솜이불 솜니불 홑이불 홑니불 막일 막닐 삯일 삯닐 맨입 맨닙 꽃잎 꽃닢 내복약 내복냑 한여름 한녀름 "
    "남존여비 남존녀비 신여성 신녀성 색연필 색년필 직행열차 직행녈차 늑막염 늑막념 콩엿 콩녓 담요 담뇨 "
    "눈요기 눈뇨기 영업용 영업뇽 식용유 식용뉴 국민윤리 국민뉸리 밤윷 밤늋 솔잎 솔닢 설익 설닉 물약 물냑 "
    "불여우 불녀우 서울역 서울녁 물엿 물녓 휘발유 휘발뉴 유들유들 유들뉴들 베갯잇 베갯닛 깻잎 깻닢 "
    "나뭇잎 나뭇닢 도리깻열 도리깻녈 뒷윷 뒷늋 뒷일 뒷닐 학생용 학생뇽 알약 알냑 두통약 두통냑 강남역 "
    "강남녁 부산역 부산녁 용산역 용산녁 대전역 대전녁 단풍잎 단풍닢 풀잎 풀닢 집안일 집안닐 볼일 볼닐 "
    "앞일 앞닐 웬일 웬닐 십육 십뉵 백육 백뉵 천육백 천뉵백 천육십 천뉵십 만육천 만뉵천 만육백 만뉵백 "
    "만육 만뉵 억육 억뉵"
)
# section 24: stems in ㄴ and ㅁ tense what follows; only forms that cannot be taken for another word
_TENSED_STEMS = (
    "껴안 끌어안 얼싸안 더듬 다듬 가다듬 쓰다듬 머금 보듬",
    "고 다 지 게 던 더니 거나 든 소 습니다",
)
_TENSED_FORMS = (
    "넘다 넘고 넘지 넘게 넘던 넘기 남다 남고 남지 남던 담다 담고 담지 담던 참다 참지 참던 참기 숨다 숨고 "
    "품다 품고 품지 심다 심고 감다 감고 안고 신다 껴안고"
)

_TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FIRST, _PER_ONSET = ord("가"), 21 * 28
_WITH_VOWEL_FIRST = "[아-잏]"  # syllables whose onset is silent
# section 16: the names of letters lose their own final before a vowel
_LETTER_NAMES = "디귿 디긋 지읒 지읏 치읓 치읏 키읔 키윽 티읕 티읏 피읖 피읍 히읗 히읏"
# section 27: what follows the ending -(으)ㄹ within a word
_AFTER_FUTURE = re.compile(
    r"(?<=[가-힣])(?:(?<=[을할갈볼줄올될])게(?=요|[^가-힣]|$)|(?<=[을할])(?:밖에|걸|세라|진대)|수록|지라도|지언정)"
)
_DEPENDENT_NOUN = re.compile(
    r"(?<=[가-힣]) (?:(?:것|거|걸|건|게)(?:[이은을도만과]|야|예요|에요|입니다|이다|다|라고|니까)?"
    r"|(?:수|줄|적|바|데|곳|도리)(?:[가이는은를을도에]|밖에|조차)?)(?![가-힣])"
)


def respelt(text: str) -> str:
    """Hangul text with the words of these tables respelt."""
    text = _WORDS.sub(lambda found: _TABLE[found[0]], text)
    text = _STEMS.sub(lambda found: found[1] + tensed(found[2]), text)
    text = _FORMS.sub(lambda found: found[0][0] + tensed(found[0][1:]), text)
    text = _NAMES.sub(lambda found: _NAME_TABLE[found[0]], text)
    text = _AFTER_FUTURE.sub(lambda found: _after_l(text, found), text)
    return _DEPENDENT_NOUN.sub(lambda found: _after_l(text, found), text)


def tensed(text: str) -> str:
    """The text with its first consonant tense where it can be."""
    place = ord(text[0]) - _FIRST
    tense = _TENSE.get(_ONSETS[place // _PER_ONSET])
    if tense is None:
        return text
    return chr(_FIRST + _ONSETS.index(tense) * _PER_ONSET + place % _PER_ONSET) + text[1:]


def _after_l(text: str, found: re.Match[str]) -> str:
    """The match with its word tensed, if the syllable before it ends in ㄹ."""
    if (ord(text[found.start() - 1]) - _FIRST) % 28 != 8:
        return found[0]
    space = " " if found[0].startswith(" ") else ""
    return space + tensed(found[0].removeprefix(" "))


def pairs(words: str) -> dict[str, str]:
    """Every second word as what the word before it stands for."""
    parts = words.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_TABLE = pairs(" ".join((_KEPT_APART, _NO_LATERAL, _TENSED_AFTER_L, _TENSED_COMPOUNDS, _WITH_N)))
_WORDS = re.compile(_any_of(list(_TABLE)))
_STEMS = re.compile("({})({})".format(*(_any_of(words.split()) for words in _TENSED_STEMS)))
_FORMS = re.compile(f"(?<![가-힣])(?:{_any_of(_TENSED_FORMS.split())})")
_NAME_TABLE = pairs(_LETTER_NAMES)
_NAMES = re.compile(f"(?:{_any_of(list(_NAME_TABLE))})(?={_WITH_VOWEL_FIRST})")
