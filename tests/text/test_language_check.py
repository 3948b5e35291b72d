"""Texts in another language than they are said to be in: named once for a list, silent where nothing is wrong."""

import pytest

from engine import languages
from engine.errors import InputError
from engine.text.language_check import LEAST_WORDS, other_language, refuse_other_language

TWENTY = {
    "de": """Heute Morgen war der Himmel über der Stadt noch grau.
Die Kinder haben im Garten ein kleines Haus gebaut.
Ich weiß nicht, ob der Zug pünktlich kommt.
Sie hat das Fenster geöffnet und auf die Straße geschaut.
Wir sind mit dem Fahrrad bis zum See gefahren.
Mein Bruder liest jeden Abend eine Geschichte vor.
Das Brot ist frisch, aber die Butter fehlt.
Er wollte nur wissen, wann der Laden schließt.
Im Winter bleibt der Hafen oft wochenlang leer.
Die Lehrerin erklärte die Aufgabe noch einmal.
Nach dem Regen roch es nach Erde und Laub.
Kannst du mir sagen, wo der Bahnhof ist?
Der alte Mann saß auf einer Bank und wartete.
Es gibt hier keine Straße, die zum Dorf führt.
Zwischen den Bäumen stand ein verlassenes Auto.
Sie haben lange über den Plan gesprochen.
Am Abend zünden wir die Lampen an.
Wer hat den Schlüssel auf den Tisch gelegt?
Das Wasser im Fluss ist sehr kalt.
Morgen werden wir früher aufstehen.""",
    "fr": """Le matin, la ville était encore dans le brouillard.
Les enfants ont construit une petite cabane au fond du jardin.
Je ne sais pas si le train arrive à l'heure.
Elle a ouvert la fenêtre et a regardé la rue.
Nous sommes allés au lac à vélo.
Mon frère lit une histoire tous les soirs.
Le pain est frais, mais il n'y a plus de beurre.
Il voulait seulement savoir quand le magasin ferme.
En hiver, le port reste vide pendant des semaines.
La maîtresse a expliqué l'exercice une deuxième fois.
Après la pluie, ça sentait la terre et les feuilles.
Peux-tu me dire où se trouve la gare ?
Le vieil homme était assis sur un banc et attendait.
Il n'y a pas de route qui mène au village.
Entre les arbres, on voyait une voiture abandonnée.
Ils ont parlé du projet pendant longtemps.
Le soir, nous allumons les lampes.
Qui a posé la clé sur la table ?
L'eau de la rivière est très froide.
Demain, nous nous lèverons plus tôt.""",
    "nl": """Vanmorgen was de lucht boven de stad nog grijs.
De kinderen hebben in de tuin een klein huis gebouwd.
Ik weet niet of de trein op tijd komt.
Ze heeft het raam geopend en naar de straat gekeken.
We zijn met de fiets naar het meer gereden.
Mijn broer leest elke avond een verhaal voor.
Het brood is vers, maar de boter is op.
Hij wilde alleen weten wanneer de winkel sluit.
In de winter blijft de haven vaak wekenlang leeg.
De juf legde de opdracht nog een keer uit.
Na de regen rook het naar aarde en bladeren.
Kun je mij zeggen waar het station is?
De oude man zat op een bank en wachtte.
Er is hier geen weg die naar het dorp gaat.
Tussen de bomen stond een verlaten auto.
Ze hebben lang over het plan gepraat.
In de avond steken we de lampen aan.
Wie heeft de sleutel op de tafel gelegd?
Het water in de rivier is erg koud.
Morgen staan we vroeger op.""",
    "pl": """Dziś rano niebo nad miastem było jeszcze szare.
Dzieci zbudowały w ogrodzie mały domek.
Nie wiem, czy pociąg przyjedzie na czas.
Ona otworzyła okno i spojrzała na ulicę.
Pojechaliśmy na rowerach aż do jeziora.
Mój brat czyta co wieczór jakąś bajkę.
Chleb jest świeży, ale nie ma już masła.
On chciał tylko wiedzieć, kiedy zamykają sklep.
Zimą port jest często pusty przez wiele tygodni.
Nauczycielka wyjaśniła zadanie jeszcze raz.
Po deszczu pachniało ziemią i liśćmi.
Czy możesz mi powiedzieć, gdzie jest dworzec?
Stary człowiek siedział na ławce i czekał.
Nie ma tu drogi, która prowadzi do wsi.
Między drzewami stał porzucony samochód.
Oni długo rozmawiali o tym planie.
Wieczorem zapalamy lampy i siadamy do stołu.
Kto położył klucz na stole?
Woda w rzece jest bardzo zimna.
Jutro wstaniemy wcześniej niż dziś.""",
    "en": """This morning the sky above the town was still grey.
The children have built a small house in the garden.
I do not know if the train will be on time.
She opened the window and looked at the street.
We went to the lake by bicycle.
My brother reads a story every evening.
The bread is fresh, but there is no butter.
He only wanted to know when the shop closes.
In winter the harbour is often empty for weeks.
The teacher explained the task once more.
After the rain it smelled of earth and leaves.
Can you tell me where the station is?
The old man sat on a bench and waited.
There is no road that leads to the village.
Between the trees stood an abandoned car.
They talked about the plan for a long time.
In the evening we light the lamps.
Who put the key on the table?
The water in the river is very cold.
Tomorrow we will get up earlier.""",
    "ja": """今朝、町の空はまだ灰色でした。
子どもたちは庭に小さな家を作りました。
電車が時間どおりに来るかわかりません。
彼女は窓を開けて通りを見ました。
私たちは自転車で湖まで行きました。
兄は毎晩お話を読んでくれます。
パンは新しいですが、バターがありません。
彼は店がいつ閉まるか知りたかっただけです。
冬になると港は何週間も空のままです。
先生は問題をもう一度説明しました。
雨の後は土と葉のにおいがしました。
駅がどこか教えてくれますか。
おじいさんはベンチに座って待っていました。
村へ行く道はここにはありません。
木の間に捨てられた車がありました。
彼らは計画について長く話しました。
夕方に私たちはランプをつけます。
だれがテーブルに鍵を置きましたか。
川の水はとても冷たいです。
明日はもっと早く起きます。""",
    "ko": """오늘 아침 도시의 하늘은 아직 흐렸습니다.
아이들이 마당에 작은 집을 지었습니다.
기차가 제시간에 오는지 모르겠습니다.
그녀는 창문을 열고 거리를 보았습니다.
우리는 자전거를 타고 호수까지 갔습니다.
형은 매일 저녁 이야기를 읽어 줍니다.""",
    "zh": """今天早上，城市的天空还是灰色的。
孩子们在花园里盖了一座小房子。
我不知道火车会不会准时到。
她打开窗户，看着街道。
我们骑自行车去了湖边。""",
}
SHARED = {
    "without umlauts": (
        "de",
        [line for line in TWENTY["de"].splitlines() if line.isascii()] * 2,
    ),
    "written as ue": (
        "de",
        [
            line.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss")
            for line in TWENTY["de"].splitlines()
        ],
    ),
    "café and naïve": (
        "en",
        [
            "We met at the café on the corner, where the crème brûlée is good.",
            "It was naïve of him to think that his résumé would be read.",
            "The façade of the hotel was painted by a protégé of the master.",
            "Her fiancé ordered an entrée and a glass of rosé à la carte.",
            "They had a soirée with pâté and jalapeño, and it was a cliché.",
            "The doppelgänger had a certain je ne sais quoi, and said über twice.",
        ],
    ),
    "names in English": (
        "en",
        ["Johann von der Heide and Ludwig van der Berg met in Die Zeit of Köln.", TWENTY["en"]],
    ),
    "Korean with English words": (
        "ko",
        [*TWENTY["ko"].splitlines(), "이것은 iPhone 입니다", "LG TV 를 샀다"],
    ),
    "Swedish in Norwegian, which has no word list": (
        "nb",
        ["det är inte så och jag har en bok till dig"] * 9,
    ),
}


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("de", "en"),
        ("fr", "en"),
        ("nl", "en"),
        ("pl", "en"),
        ("en", "de"),
        ("ja", "ko"),
        ("de", "ko"),
        ("ko", "en"),
        ("zh", "ja"),
        ("ja", "zh"),
        ("nl", "de"),
        ("de", "ru"),
    ],
)
def test_texts_of_another_language_are_named(spoken, said):
    texts, language = TWENTY[spoken].splitlines(), languages.find(said)
    with pytest.raises(InputError) as caught:
        refuse_other_language(texts, language, "metadata.csv")
    name = languages.find(spoken).name
    assert str(caught.value) == (
        f"metadata.csv: the texts are not {language.name}; is this {name}? --language {spoken}"
    )


@pytest.mark.parametrize("code", TWENTY)
def test_every_language_passes_for_itself(code):
    assert other_language(TWENTY[code].splitlines(), languages.find(code)) == ""


@pytest.mark.parametrize("name", SHARED)
def test_foreign_words_and_missing_accents_are_no_other_language(name):
    code, texts = SHARED[name]
    assert sum(len(text.split()) for text in texts) >= LEAST_WORDS or code == "ko"
    assert other_language(texts, languages.find(code)) == ""


def test_a_handful_of_words_is_never_judged():
    words = TWENTY["de"].split()
    english = languages.find("en")
    assert other_language([" ".join(words[: LEAST_WORDS - 1])], english) == ""
    assert other_language([" ".join(words[: LEAST_WORDS + 20])], english) != ""


def test_letters_that_no_known_language_reads_are_named_as_such():
    english_in_thai = other_language(["xyzzy plugh frotz gnusto rezrov " * 10], languages.find("th"))
    assert english_in_thai == "they are in Latin letters: name their language with --language"


def test_real_corpora_pass_for_their_language_and_for_no_other(corpora):
    for corpus, code in (("kerstin_de", "de"), ("ljspeech", "en"), ("librispeech", "en")):
        lines = (corpora / corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()
        texts = [line.split("|")[-1] for line in lines]
        assert other_language(texts, languages.find(code)) == ""
        for other in {"de", "en", "fr", "nl", "pl", "es", "it", "pt", "sv", "da", "ko", "ru"} - {code}:
            assert other_language(texts, languages.find(other)).endswith(f"--language {code}")


def test_ukrainian_is_told_from_russian() -> None:
    texts = ["Їжак іде до лісу, бо там є гриби.", "Сьогодні гарна погода, і діти граються надворі."]
    assert other_language(texts, languages.find("en")) == "is this Ukrainian? --language uk"
    russian = ["Сегодня хорошая погода, и дети играют во дворе.", "Он уже ушёл домой."]
    assert other_language(russian, languages.find("en")) == "is this Russian? --language ru"
