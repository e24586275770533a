"""How the PDF's layout settles: what does not fit floats, and a chapter's last few lines are drawn in."""

from genequity.publish import pdf


def chapter(number, page, y):
    return {"kind": "chapter", "number": number, "page": page, "y": y}


def item(number, start, end):
    return [{"kind": kind, "number": number, "page": page, "y": 5.0} for kind, page in (("start", start), ("end", end))]


def test_the_first_misfit_of_each_chapter_floats_first():
    found = [*item(1, 1, 1), *item(2, 1, 2), *item(3, 2, 3), chapter(0, 3, 20), *item(4, 4, 5), chapter(1, 5, 20)]
    assert pdf._misfits(found) == {2, 4}


def test_an_item_that_leaves_a_gap_before_it_is_a_misfit():
    def before(number, page, y):
        return {"kind": "before", "number": number, "page": page, "y": y}

    assert pdf._misfits([before(1, 1, 15.0), *item(1, 2, 2), chapter(0, 2, 20)]) == {1}
    assert pdf._misfits([before(1, 1, 26.0), *item(1, 2, 2), chapter(0, 2, 20)]) == set()
    assert pdf._misfits([before(1, 2, 15.0), *item(1, 2, 2), chapter(0, 2, 20)]) == set()


def test_items_float_until_all_fit():
    def place(layout):
        # The second item fits once the first floats.
        if 1 in layout.floats:
            return [*item(2, 1, 1), chapter(0, 2, 20)]
        return [*item(1, 1, 2), *item(2, 2, 3), chapter(0, 3, 20)]

    assert pdf._settle(place).floats == {1}


def test_a_chapter_is_set_tighter_only_where_that_spares_a_page():
    def place(layout):
        spared = 1 if layout.tight.get(1) else 0
        return [chapter(0, 2, 20), chapter(1, 4 - spared, 4 if not spared else 25), chapter(2, 6 - spared, 3)]

    # Chapter 1 loses its nearly empty page; chapter 2 keeps it, so it goes back to the usual setting.
    assert pdf._settle(place).tight == {1: 1}


def test_a_chapter_of_one_page_is_left_alone():
    assert pdf._settle(lambda layout: [chapter(0, 1, 4)]).tight == {}
