"""Which language an email is written in: other languages are told apart, bad English stays English.

Run: python -m pytest tests/test_language.py
"""

import subprocess
import sys

import pytest

from proofreader.language import is_english, language

FOREIGN = [
    ("fr", "Bonjour Madame, je vous envoie ci-joint la facture du mois de mars."),
    ("fr", "On se retrouve devant la gare à six heures du soir, d'accord ?"),
    ("fr", "Pourriez-vous me confirmer la date de livraison des cartons s'il vous plaît"),
    ("de", "Sehr geehrte Frau Wolf, anbei erhalten Sie das Protokoll der letzten Sitzung."),
    ("de", "Kannst du bitte morgen den Schlüssel beim Hausmeister abholen?"),
    ("de", "wir haben die ware noch nicht bekommen und brauchen sie dringend"),
    ("es", "Hola Carmen, te confirmo que el taller empieza el lunes a las nueve."),
    ("es", "No puedo abrir el archivo que me mandaste ayer por la tarde."),
    ("es", "Adjunto encontrará el presupuesto para la reforma del baño."),
    ("pt", "Bom dia, gostaria de saber se ainda há vagas para o curso de sábado."),
    ("pt", "Segue em anexo o contrato assinado pela nossa diretora."),
    ("it", "Gentile dottore, le scrivo per spostare l'appuntamento di giovedì prossimo."),
    ("it", "La stampante del secondo piano non funziona da due giorni."),
    ("nl", "Beste collega's, de vergadering van vrijdag gaat helaas niet door."),
    ("nl", "Kun je even kijken of het pakketje al is aangekomen?"),
    ("pl", "Dzień dobry, proszę o przesłanie faktury na mój adres domowy."),
    ("pl", "Nie mogę przyjść jutro do pracy, bo moje dziecko jest chore."),
    ("sv", "Hej Anna, kan vi flytta mötet till nästa vecka i stället?"),
    ("tr", "Merhaba, siparişimin nerede olduğunu öğrenmek istiyorum."),
    ("ru", "Добрый день, высылаю вам отчёт за прошлый месяц."),
    ("uk", "Доброго дня, чи можемо ми перенести зустріч на вівторок?"),
    ("zh", "您好，请问这批货什么时候可以发出？我们客户已经在催了。"),  # noqa: RUF001
    ("ja", "お世話になっております。会議の資料をお送りいたします。"),
    ("ko", "안녕하세요, 내일 회의 시간을 변경할 수 있을까요?"),
    ("ar", "السلام عليكم، أرجو إرسال نسخة من العقد قبل يوم الخميس."),
    ("vi", "Chào anh, em gửi anh bảng báo giá của tháng này ạ."),
]

BAD_ENGLISH = [
    "i has went to the shop yesterday and buyed two milk",
    "Dear sir, I am writing you for asking about the job who you publish in internet.",
    "pls send me the informations about price and delivry asap",
    "he dont know nothing about the meeting so i tell him",
    "thx for ur mail, will chk n revert",
    "Yesterday I go to bank but they says my card is not more valid.",
    "We are happy to inform that you order have been dispatch.",
    "can u call me wen ur free",
    "I wanna discuss with you about the contrat and the conditions of payement.",
    "She is working here since three years and never make vacation.",
    "Kindly do the needful and revert back the same by EOD.",
    "me and my collegue was waiting since 2 hour in the airport",
    "The machine it is not function, please to repair her.",
    "Sorry for my bad english, i am from Brasil and i learn only two years.",
    "Hi Giovanni, Francesca and Matteo are arriving with Luca at Malpensa.",
    "Meeting w/ Nguyen Van Thanh, Tran Minh Duc and Siobhan O'Brien tmrw 3pm",
    "ok sounds good lets do it",
    "The Bundesbank and the Deutsche Bahn has both sign the Vertrag in Frankfurt.",
    "I would to know if is possible to change the hour of my appointment.",
    "Please to find attached the document that you ask me.",
    "In my opinion is very importent that all peoples participate to the formation.",
    "its not my falt that the tran was late agian",
    "URGENT!!! SERVER IS DOWN SINCE MORNING CUSTOMERS CANT LOGIN",
    "Im intrested in the appartment, is it still avaible for rent from september?",
    "According to our discus, I prepare quotation for you kindly check and advice.",
    "We has recieve the goods but 3 box was broken inside.",
    "Tomorrow no come, my son sick, doctor say rest two day.",
]

UNSURE = [
    "",
    "   \r\n",
    "12:30",
    "Ok!",
    "https://example.org/chemin/vers/la/page",
    "Kowalski, Brzezinski, Wojcik",
    "\x00\ud800\ud800",
    "Ciao",
]


@pytest.mark.parametrize(("code", "text"), FOREIGN)
def test_other_languages_are_named(code, text):
    assert language(text)[0] == code
    assert not is_english(text)


@pytest.mark.parametrize("text", BAD_ENGLISH)
def test_bad_english_is_english(text):
    assert is_english(text)


@pytest.mark.parametrize("text", UNSURE)
def test_when_unsure_it_is_english(text):
    assert is_english(text)


def test_an_english_email_with_a_foreign_phrase_is_english():
    assert is_english(
        "Hi Marie, as they say in your country: c'est la vie. We lost the tender, but the "
        "client wants to see us again in June."
    )


def test_a_foreign_email_with_an_english_phrase_is_not():
    assert not is_english(
        "Hallo Jens, das Meeting mit dem Sales Team ist gecancelt. Bitte gib den anderen Bescheid "
        "und schick mir das Update vom Projekt."
    )


def test_probability_is_one():
    for text in ("I will call you after lunch today.", "Wir sehen uns am Montag im Büro.", ""):
        assert 0.0 <= language(text)[1] <= 1.0


def test_nothing_loads_at_import():
    code = "import sys, proofreader.language; print('pycld2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
