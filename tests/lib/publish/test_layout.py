"""How the PDF's layout settles: what does not fit floats, goes back where it can, and last lines are drawn in."""

from genequity.publish import layout


def mark(kind, number, page, y=5.0):
    return {"kind": kind, "number": number, "page": page, "y": y}


def chapter(number, page, y):
    return mark("chapter", number, page, y)


def item(number, start, end):
    return [mark("start", number, start), mark("end", number, end)]


def floating(number, mentioned, stands):
    return [mark("anchor", number, mentioned), mark("float", number, stands)]


def test_the_first_misfit_of_each_chapter_floats_first():
    found = [*item(1, 1, 1), *item(2, 1, 2), *item(3, 2, 3), chapter(0, 3, 20), *item(4, 4, 5), chapter(1, 5, 20)]
    assert layout._misfits(found) == {2, 4}


def test_an_item_that_leaves_a_gap_before_it_is_a_misfit():
    assert layout._misfits([mark("before", 1, 1, 15.0), *item(1, 2, 2), chapter(0, 2, 20)]) == {1}
    assert layout._misfits([mark("before", 1, 1, 26.0), *item(1, 2, 2), chapter(0, 2, 20)]) == set()
    assert layout._misfits([mark("before", 1, 2, 15.0), *item(1, 2, 2), chapter(0, 2, 20)]) == set()


def test_an_item_that_ends_with_its_page_fits():
    """Its last mark stands at the top of the next page, above anything that could be part of it."""
    assert layout._misfits([mark("start", 1, 1), mark("end", 1, 2, 2.5), chapter(0, 2, 20)]) == set()
    assert layout._misfits([mark("start", 1, 1), mark("end", 1, 2, 3.1), chapter(0, 2, 20)]) == {1}
    assert layout._misfits([mark("start", 1, 1), mark("end", 1, 3, 2.5), chapter(0, 3, 20)]) == {1}


def test_items_float_until_all_fit():
    def place(tried):
        # The second item fits once the first floats.
        if 1 in tried.floats:
            return [*floating(1, 1, 2), *item(2, 1, 1), chapter(0, 2, 20)]
        return [*item(1, 1, 2), *item(2, 2, 3), chapter(0, 3, 20)]

    found = layout.settle(place)
    assert found.floats == {1}
    assert found.tops == {1}  # it stands on a later page than its mention


def test_an_item_goes_back_to_its_mention_where_it_fits_in_the_end():
    def place(tried):
        if tried.floats == {1, 2}:
            return [*floating(1, 1, 1), *floating(2, 1, 2), chapter(0, 2, 20)]
        if tried.floats == {2}:
            back = [*item(1, 1, 1), *floating(2, 1, 2), chapter(0, 2, 20)]
            return back if seen else [*item(1, 1, 2), *floating(2, 1, 2), chapter(0, 2, 20)]
        if tried.floats == {1}:
            seen.append(True)
            return [*floating(1, 1, 1), *item(2, 1, 2), chapter(0, 2, 20)]
        return [*item(1, 1, 2), *item(2, 2, 3), chapter(0, 3, 20)]

    seen = []
    assert layout.settle(place).floats == {2}


def test_no_float_passes_the_next_section_where_that_costs_no_page():
    def place(costs):
        def found(tried):
            if not tried.floats:
                return [*item(1, 1, 2), mark("section", 7, 2), chapter(0, 3, 20)]
            if 7 in tried.closed:
                return [*floating(1, 1, 2), mark("section", 7, 2, 9.0), chapter(0, 3 + costs, 20)]
            return [mark("anchor", 1, 1), mark("section", 7, 1, 9.0), mark("float", 1, 2), chapter(0, 3, 20)]

        return found

    assert layout.settle(place(0)).closed == {7}
    assert layout.settle(place(1)).closed == set()


def test_a_section_is_worth_a_page_where_many_floats_would_pass_it():
    def place(tried):
        many = [mark("anchor", number, 1) for number in (1, 2, 3)]
        stand = [mark("float", number, 1 + number) for number in (1, 2, 3)]
        if len(tried.floats) < 3:
            first = min({1, 2, 3} - tried.floats)
            others = [m for number in tried.floats for m in floating(number, 1, 2)]
            return [*others, *item(first, 1, 2), mark("section", 7, 2), chapter(0, 4, 20)]
        if 7 in tried.closed:
            return [*many, *stand, mark("section", 7, 4, 9.0), chapter(0, 5, 20)]
        return [*many, mark("section", 7, 1, 9.0), *stand, chapter(0, 4, 20)]

    assert layout.settle(place).closed == {7}


def test_a_table_that_breaks_when_a_section_closes_floats_too():
    def place(costs):
        def found(tried):
            if not tried.floats:
                return [*item(1, 1, 2), mark("section", 7, 2), *item(2, 2, 2), chapter(0, 3, 20)]
            if 7 in tried.closed:
                second = floating(2, 2, 3) if 2 in tried.floats else item(2, 2, 3)
                return [*floating(1, 1, 2), mark("section", 7, 2, 9.0), *second, chapter(0, 3 + costs, 20)]
            first = [mark("anchor", 1, 1), mark("section", 7, 1, 9.0), mark("float", 1, 2)]
            return [*first, *(floating(2, 2, 2) if 2 in tried.floats else item(2, 2, 2)), chapter(0, 3, 20)]

        return found

    closed, open_still = layout.settle(place(0)), layout.settle(place(1))
    assert (closed.closed, closed.floats) == ({7}, {1, 2})
    assert (open_still.closed, open_still.floats) == (set(), {1})


def test_a_chapter_is_set_tighter_only_where_that_spares_a_page():
    def place(tried):
        spared = 1 if tried.tight.get(1) else 0
        return [chapter(0, 2, 20), chapter(1, 4 - spared, 4 if not spared else 25), chapter(2, 6 - spared, 3)]

    # Chapter 1 loses its nearly empty page; chapter 2 keeps it, so it goes back to the usual setting.
    assert layout.settle(place).tight == {1: 1}


def test_a_chapter_of_one_page_is_left_alone():
    assert layout.settle(lambda tried: [chapter(0, 1, 4)]).tight == {}
