"""Texts from PDF, Word, HTML and plain text: words, pages, and signs that a conversion went wrong."""

import io
import zipfile

import pytest
from genequity.errors import InputError
from genequity.policy import convert, read

PLAIN = "Equal access matters. Interpreters are booked for every visit, and letters are plain.\n\n" * 8


def pdf(tmp_path, source, name="made.pdf"):
    typst = pytest.importorskip("typst")
    path = tmp_path / name
    (tmp_path / "made.typ").write_text(source)
    typst.compile(str(tmp_path / "made.typ"), output=str(path))
    return path


def test_a_pdf_keeps_its_page_numbers(tmp_path):
    path = pdf(
        tmp_path, "First page, about access. #pagebreak() Second page: the office for finance. #pagebreak() Third."
    )
    text = convert.read(str(path))
    assert (text.kind, len(text.pages), text.doubts) == ("pdf", 3, ())
    assert text.page(text.text.index("Third")) == 3
    assert text.page(text.text.index("office")) == 2  # ligatures are letters again
    assert text.page(0) == 1
    assert text.page(None) is None


def test_pages_without_words_are_named_and_a_pdf_of_pictures_is_refused(tmp_path):
    picture = (
        '#image(bytes("<svg xmlns=\\"http://www.w3.org/2000/svg\\" width=\\"9\\" height=\\"9\\"/>"), format: "svg")'
    )
    partly = pdf(tmp_path, f"Words. #pagebreak() {picture} #pagebreak() More words.", "partly.pdf")
    assert convert.read(str(partly)).doubts == ("1 of 3 pages has no words (page 2)",)
    whole = pdf(tmp_path, f"{picture} #pagebreak() {picture}", "pictures.pdf")
    with pytest.raises(InputError, match="pictures of pages but no words") as caught:
        convert.read(str(whole))
    assert "OCR" in str(caught.value)


def test_a_pdf_with_a_password_and_a_damaged_one_are_answered(tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    path = pdf(tmp_path, "Secret words of Testperson.")
    with pikepdf.open(path) as opened:
        opened.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="a", owner="b"))
        opened.save(tmp_path / "newer.pdf", encryption=pikepdf.Encryption(user="", owner="b"))
        older = pikepdf.Encryption(user="", owner="b", R=3, aes=False, metadata=False)
        opened.save(tmp_path / "open.pdf", encryption=older, force_version="1.6")
    for name in ("locked.pdf", "newer.pdf"):
        with pytest.raises(InputError, match="protected by a password or against copying"):
            convert.read(str(tmp_path / name))
    assert "Secret words" in convert.read(str(tmp_path / "open.pdf")).text
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\nTestperson")
    with pytest.raises(InputError) as caught:
        convert.read(str(tmp_path / "cut.pdf"))
    assert "Testperson" not in str(caught.value)


def test_a_word_file_keeps_pages_and_paragraphs(tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("First page.")
    document.add_page_break()
    document.add_paragraph("Second page, with a\ttab.")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Owner", "National commissioner"
    document.save(tmp_path / "policy.docx")
    text = convert.read(str(tmp_path / "policy.docx"))
    assert (text.kind, len(text.pages)) == ("docx", 2)
    assert text.page(text.text.index("National commissioner")) == 2
    assert "First page.\n\n" in text.text
    once = docx.Document()
    once.add_paragraph("One page only.")
    once.save(tmp_path / "one.docx")
    assert convert.read(str(tmp_path / "one.docx")).pages == ()


def test_html_gives_what_a_reader_sees(tmp_path):
    page = """<!doctype html><html><head><title>T</title><style>p{}</style></head><body><nav>Menu</nav>
    <main><h1>Plan</h1><p>For ethnic&nbsp;minority <b>groups</b>,<br>by 2027.</p><script>var x = 1;</script>
    <ul><li>One<li>Two</ul><p hidden>Not shown</p></main><footer>Cookies</footer></body></html>"""
    (tmp_path / "page.txt").write_text(page)
    text = convert.read(str(tmp_path / "page.txt"))
    assert text.kind == "html"
    assert text.text == "Plan\n\nFor ethnic minority groups,\nby 2027.\n\nOne\n\nTwo"


@pytest.mark.parametrize(
    "raw",
    ["Équité de l’accès".encode(), "Équité de l’accès".encode("utf-16"), "Équité de l’accès".encode("cp1252")],
    ids=["utf-8", "utf-16", "windows"],
)
def test_plain_text_in_whatever_encoding(tmp_path, raw):
    (tmp_path / "text.txt").write_bytes(raw)
    assert convert.read(str(tmp_path / "text.txt")).text == "Équité de l’accès"


def test_form_feeds_are_pages_and_words_cut_at_a_line_end_are_whole(tmp_path):
    (tmp_path / "text.txt").write_text(
        "Health in-\nequality and so\u00adcial policy.\fmulti-\nEthnic page.", encoding="utf-8"
    )
    text = convert.read(str(tmp_path / "text.txt"))
    assert text.text == "Health inequality and social policy.\n\nmulti-\nEthnic page."
    assert text.pages == (0, 38)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace("e", "\ufffd"), "stand for nothing"),
        (lambda text: text.replace("tt", "(cid:17)(cid:17)"), "stand for nothing"),
        (lambda text: text.replace("a", "é").encode().decode("cp1252"), "wrong encoding"),
        (lambda text: " ".join(text), "letter by letter"),
        (lambda text: text.replace(" ", ""), "run together"),
        (lambda text: text.translate(str.maketrans("aeiouy", "xzqwbc")), "have no vowel"),
        (lambda text: text.replace("every visit, and", "every\n\nvisit, and"), "break off in mid-sentence"),
    ],
)
def test_bad_conversions_are_doubted(spoil, said):
    assert convert.doubts_of(PLAIN) == []
    assert any(said in doubt for doubt in convert.doubts_of(spoil(PLAIN)))


def test_lists_headings_and_other_scripts_are_no_doubt():
    lists = "Priorities\n\n• access\n\n• language\n\n• data\n\nNext steps\n\n" * 6
    assert convert.doubts_of(lists) == []
    assert convert.doubts_of("سیاست برابری در پزشکی ژنومی " * 30) == []
    assert convert.doubts_of("NHS GMSA PRS WGS DNA RNA CRG " * 30) == []


def test_other_archives_and_old_word_files_are_refused(tmp_path):
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    with pytest.raises(InputError, match="old Word or Excel"):
        convert.read(str(tmp_path / "old.doc"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "words")
    (tmp_path / "packed.zip").write_bytes(packed.getvalue())
    with pytest.raises(InputError, match="no Word document"):
        convert.read(str(tmp_path / "packed.zip"))


def test_public_texts_two_of_which_were_read_across_columns(real_folder):
    """The folder's README says that some are conversions from PDF with broken columns; their authors are others."""
    files = sorted(path for path in (real_folder / "policy").rglob("*") if path.is_file())
    doubtful = [path.name for path in files if convert.read(str(path)).doubts]
    assert len(files) > 10
    assert doubtful == ["10-year-health-plan-for-england-executive-summary.md", "Unequal_socioeconomic_distribution.md"]


def test_the_page_of_a_coded_passage(tmp_path):
    import pandas as pd

    path = pdf(tmp_path, "First page. #pagebreak() An action is\npromised by 2027.")
    segments = pd.DataFrame(
        {"source": ["made", "made", "other"], "text": ["An action is promised", "Not in it", "An action"]}
    )
    assert read.page_of(segments, {"made": convert.read(str(path))}) == [2, None, None]
