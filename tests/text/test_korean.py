"""Korean: the published table of the Standard Pronunciation, numbers, and the family's letters."""

import re

import pytest

from engine.text.cleaners import korean, korean_words
from engine.text.cleaners.korean_rules import pronounced
from engine.text.cleaners.registry import clean_all

# Standard Pronunciation (표준 발음법), its own examples by section; where it allows two, the one that rules give
PUBLISHED = {
    "5 vowels": "가져[가저] 다쳐[다처] 늴리리[닐리리] 무늬[무니] 희망[히망] 띄어쓰기[띠어쓰기] "
    "하늬바람[하니바람] 닁큼[닝큼]",
    "9 codas": "닦다[닥따] 키읔[키윽] 키읔과[키윽꽈] 옷[옫] 웃다[욷따] 있다[읻따] 젖[젇] 빚다[빋따] "
    "꽃[꼳] 쫓다[쫃따] 솥[솓] 뱉다[밷따] 앞[압] 덮다[덥따]",
    "10 pairs": "넋[넉] 넋과[넉꽈] 앉다[안따] 여덟[여덜] 넓다[널따] 외곬[외골] 핥다[할따] 값[갑] "
    "없다[업따] 밟다[밥따] 밟소[밥쏘] 밟지[밥찌] 밟는[밤는] 밟게[밥께] 밟고[밥꼬] 넓죽하다[넙쭈카다] "
    "넓둥글다[넙뚱글다]",
    "11 pairs": "닭[닥] 흙과[흑꽈] 맑다[막따] 늙지[늑찌] 삶[삼] 젊다[점따] 읊고[읍꼬] 읊다[읍따] "
    "맑게[말께] 묽고[물꼬] 얽거나[얼꺼나]",
    "12 ㅎ": "놓고[노코] 좋던[조턴] 쌓지[싸치] 많고[만코] 않던[안턴] 닳지[달치] 각하[가카] "
    "먹히다[머키다] 밝히다[발키다] 맏형[마텽] 좁히다[조피다] 넓히다[널피다] 꽂히다[꼬치다] "
    "앉히다[안치다] 숱하다[수타다] 닿소[다쏘] 많소[만쏘] 싫소[실쏘] 놓는[논는] 쌓네[싼네] 않네[안네] "
    "않는[안는] 뚫네[뚤레] 뚫는[뚤른] 낳은[나은] 놓아[노아] 쌓이다[싸이다] 많아[마나] 않은[아는] "
    "닳아[다라] 싫어도[시러도]",
    "13 linking": "깎아[까까] 옷이[오시] 있어[이써] 낮이[나지] 꽂아[꼬자] 꽃을[꼬츨] 쫓아[쪼차] "
    "밭에[바테] 앞으로[아프로] 덮이다[더피다]",
    "14 linking": "넋이[넉씨] 앉아[안자] 닭을[달글] 젊어[절머] 곬이[골씨] 핥아[할타] 읊어[을퍼] "
    "값을[갑쓸] 없어[업써]",
    "15 kept apart": "젖어미[저더미] 맛없다[마덥따] 겉옷[거돋] 헛웃음[허두슴] 값어치[가버치] 값있는[가빈는]",
    "16 names": "디귿이[디그시] 디귿을[디그슬] 지읒이[지으시] 치읓을[치으슬] 키읔에[키으게] "
    "티읕이[티으시] 피읖을[피으블] 히읗이[히으시]",
    "17 palatal": "곧이듣다[고지듣따] 굳이[구지] 미닫이[미다지] 땀받이[땀바지] 밭이[바치] 벼훑이[벼훌치] "
    "굳히다[구치다] 닫히다[다치다] 묻히다[무치다]",
    "18 nasal": "먹는[멍는] 국물[궁물] 깎는[깡는] 키읔만[키응만] 몫몫이[몽목씨] 긁는[긍는] 흙만[흥만] "
    "닫는[단는] 짓는[진는] 옷맵시[온맵씨] 있는[인는] 맞는[만는] 젖멍울[전멍울] 쫓는[쫀는] 꽃망울[꼰망울] "
    "붙는[분는] 놓는[논는] 잡는[잠는] 밥물[밤물] 앞마당[암마당] 밟는[밤는] 읊는[음는] 없는[엄는]",
    "19 ㄹ": "담력[담녁] 침략[침냑] 강릉[강능] 항로[항노] 대통령[대통녕] 막론[망논] 석류[성뉴] "
    "협력[혐녁] 법리[범니]",
    "20 lateral": "난로[날로] 신라[실라] 천리[철리] 광한루[광할루] 대관령[대괄령] 칼날[칼랄] "
    "물난리[물랄리] 줄넘기[줄럼끼] 할는지[할른지] 닳는[달른] 뚫는[뚤른] 핥네[할레] 의견란[의견난] "
    "임진란[임진난] 생산량[생산냥] 결단력[결딴녁] 공권력[공꿘녁] 동원령[동원녕] 상견례[상견녜] "
    "횡단로[횡단노] 이원론[이원논] 입원료[이붠뇨] 구근류[구근뉴]",
    "23 tense": "국밥[국빱] 깎다[깍따] 넋받이[넉빠지] 삯돈[삭똔] 닭장[닥짱] 칡범[칙뻠] 뻗대다[뻗때다] "
    "옷고름[옫꼬름] 있던[읻떤] 꽂고[꼳꼬] 꽃다발[꼳따발] 낯설다[낟썰다] 밭갈이[받까리] 솥전[솓쩐] "
    "곱돌[곱똘] 덮개[덥깨] 옆집[엽찝] 읊조리다[읍쪼리다] 값지다[갑찌다]",
    "24 stems": "껴안다[껴안따] 앉고[안꼬] 얹다[언따] 더듬지[더듬찌] 닮고[담꼬] 젊지[점찌]",
    "25 stems": "넓게[널께] 핥다[할따] 훑소[훌쏘] 떫지[떨찌]",
    "26 Sino-Korean": "갈등[갈뜽] 발동[발똥] 절도[절또] 말살[말쌀] 불소[불쏘] 일시[일씨] 갈증[갈쯩] "
    "물질[물찔] 발전[발쩐] 몰상식[몰쌍식] 불세출[불쎄출]",
    "27 future": "할걸[할껄] 할밖에[할빠께] 할세라[할쎄라] 할수록[할쑤록] 할지라도[할찌라도] "
    "할지언정[할찌언정] 할진대[할찐대]",
    "28 compounds": "문고리[문꼬리] 눈동자[눈똥자] 신바람[신빠람] 산새[산쌔] 손재주[손째주] 길가[길까] "
    "물동이[물똥이] 발바닥[발빠닥] 굴속[굴쏙] 술잔[술짠] 바람결[바람껼] 그믐달[그믐딸] 아침밥[아침빱] "
    "강가[강까] 초승달[초승딸] 등불[등뿔] 창살[창쌀] 강줄기[강쭐기]",
    "29 inserted ㄴ": "솜이불[솜니불] 홑이불[혼니불] 막일[망닐] 삯일[상닐] 맨입[맨닙] 꽃잎[꼰닙] "
    "내복약[내봉냑] 한여름[한녀름] 남존여비[남존녀비] 신여성[신녀성] 색연필[생년필] 직행열차[지캥녈차] "
    "늑막염[능망념] 콩엿[콩녇] 담요[담뇨] 눈요기[눈뇨기] 영업용[영엄뇽] 식용유[시굥뉴] "
    "국민윤리[궁민뉼리] 밤윷[밤뉻] 솔잎[솔립] 설익다[설릭따] 물약[물략] 불여우[불려우] 서울역[서울력] "
    "물엿[물렫] 휘발유[휘발류] 유들유들[유들류들]",
    "30 ㅅ between": "냇가[낻까] 샛길[샏낄] 콧등[콛뜽] 깃발[긷빨] 콧날[콘날] 아랫니[아랜니] "
    "뱃머리[밴머리] 베갯잇[베갠닏] 깻잎[깬닙] 나뭇잎[나문닙] 도리깻열[도리깬녈] 뒷윷[뒨뉻]",
}


@pytest.mark.parametrize("section", PUBLISHED)
def test_published_pronunciations(section):
    pairs = re.findall(r"(\S+)\[(\S+)\]", PUBLISHED[section])
    assert pairs
    assert [(word, pronounced(word)) for word, _ in pairs] == pairs


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("할 것을", "할 꺼슬"),  # section 27, where its words are written apart
        ("갈 데가", "갈 떼가"),
        ("할 바를", "할 빠를"),
        ("할 수는", "할 쑤는"),
        ("할 적에", "할 쩌게"),
        ("갈 곳", "갈 꼳"),
        ("할 도리", "할 또리"),
        ("책을 수집한다", "채글 수지판다"),  # no ending, no dependent noun
        ("삶과 앎도", "삼과 암도"),  # nouns, unlike 닮고
        ("신고하다", "신고하다"),
    ],
)
def test_rules_that_look_at_words(text, spoken):
    assert pronounced(text) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("16일", "심뉴길"),  # 십육 is [심뉵] in the Standard Korean Language Dictionary
        ("십육일", "심뉴길"),
        ("26만", "이심늉만"),
        ("106호", "뱅뉴코"),
        ("1600", "천뉵빽"),
        ("육이오", "유기오"),  # section 29: no ㄴ here
    ],
)
def test_numbers_take_an_n_before_six(written, spoken):
    assert pronounced(korean.read_out(written, numbers=True)) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("십 분", "십 뿐"),
        ("여섯 명", "여선 명"),
        ("백 원을 냈다", "배 궈늘 낻따"),
        ("아홉 개와 일곱 살", "아홉 깨와 일곱 쌀"),
        ("육 미터", "융 미터"),
        ("만 육천 원", "만 뉵처 눤"),
        ("일억 육천만 원", "이렁 뉵천마 눤"),
        ("삼 점 일 퍼센트", "삼 저 밀 퍼센트"),
        ("다섯 알", "다서 달"),  # section 15
        ("여덟 알", "여더 랄"),
    ],
)
def test_numerals_are_linked_to_what_they_count(text, spoken):
    assert pronounced(text) == spoken


@pytest.mark.parametrize("text", ["십 원칙", "국 명", "십  분", "십, 분"])
def test_other_neighbours_are_not_linked(text):
    assert pronounced(text) == text


def test_numbers_are_linked_after_the_normaliser():
    [said] = clean_all(["10분에 6명, 100원"], ["normalise:ko-1", "korean_pronounced_cleaners"])
    [same] = clean_all(["십 뿌네 여선 명, 배 권"], ["korean_cleaners"])
    assert said == same


def test_respelt_words_keep_their_number_of_syllables():
    # the spaces that numerals are linked across go back by their places
    assert all(len(written) == len(spelt) for written, spelt in korean_words._TABLE.items())


@pytest.mark.parametrize(
    ("digits", "spoken"),
    [
        ("0", "영"),
        ("10", "십"),
        ("11", "십일"),
        ("100", "백"),
        ("1234", "천이백삼십사"),
        ("10000", "만"),
        ("210000", "이십일만"),
        ("10010000", "천일만"),
        ("100000000", "일억"),
        ("123456789", "일억이천삼백사십오만육천칠백팔십구"),
        ("010", "영일영"),
    ],
)
def test_sino_korean_numbers(digits, spoken):
    assert korean.sino(digits) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("3개", "세개"),
        ("3개월", "삼개월"),
        ("20살", "스무살"),
        ("21살", "스물한살"),
        ("99마리", "아흔아홉마리"),
        ("100명", "백명"),
        ("3시 30분", "세시 삼십분"),
        ("15시", "십오시"),
        ("1,234원", "천이백삼십사원"),
        ("１２개", "열두개"),
        ("2024년 3월 1일", "이천이십사년 삼월 일일"),
        ("02-123-4567", "영이-일이삼-사오육칠"),
        ("MP3", "엠피삼"),
    ],
)
def test_numbers_and_letters_are_read_out(text, spoken):
    assert korean.read_out(text) == spoken
    assert korean.read_out(text, numbers=True) == spoken


def test_numbers_that_stand_alone_are_read_whole_only_by_our_own_cleaner():
    assert korean.read_out("값은 3.5, 답은 42") == "값은 삼.오, 답은 사이"
    assert korean.read_out("값은 3.5, 답은 42", numbers=True) == "값은 삼점오, 답은 사십이"


def test_letters_of_every_code_block_are_the_same():
    joined, halfwidth = "\u1112\u1161\u11ab", "\uffbe"
    assert clean_all([joined], ["korean_cleaners"]) == clean_all(["한"], ["korean_cleaners"])
    assert clean_all([halfwidth], ["korean_cleaners"]) == ["ㅎ."]
    assert clean_all(["ㅋㅋㅠㅠ"], ["korean_cleaners"]) == ["ㅋㅋㅣㅜㅣㅜ."]


def test_real_sentences_are_pronounced():
    [said] = clean_all(["값이 3.5배 올라서 살 수 없는 꽃잎 12개"], ["korean_pronounced_cleaners"])
    [same] = clean_all(["갑씨 삼저모배 올라서 살 쑤 엄는 꼰닙 열두개"], ["korean_cleaners"])
    assert said == same
