#!/usr/bin/env python3
"""Writes src/text/unicode_tables.c: what the tokenizer knows about characters.

    python3.11 tools/unicode.py UCD > src/text/unicode_tables.c

UCD is a folder with DerivedAge.txt and PropList.txt of Unicode 15 or later. Everything else comes
from this Python's own unicodedata and str.lower, which must be of Unicode 14.0.0 (Python 3.11): it
is what the google and hf-slow references run on. What hf-fast has otherwise is the delta below:
the tokenizers library 0.23 takes categories from Unicode 8, decompositions and combining classes
from Unicode 9 and lower-casing from Unicode 17. tools/compare_tokenizers.py holds the result
against all three references on every code point.
"""
import os
import re
import sys
import unicodedata

LAST = 0x10FFFF
HANGUL = range(0xAC00, 0xD7A4)
SHIFT = 7

FLAGS = """SPACE DROP_GOOGLE DROP_SLOW DROP_FAST PUNCT PUNCT_FAST MARK MARK_FAST CJK CJK_FAST
           NEW LOWER_FAST DOT CASED IGNORABLE WORD SECOND""".split()

# ------------------------------------------------------------------------- the delta of hf-fast

# Characters that Unicode 8 classed otherwise than 14 does.
PUNCT_8 = {0x166D, 0x111C9}
MARK_8 = {0x1734}
NOT_MARK_8 = {0x1885, 0x1886, 0xA9BD, 0x111C9}
# Its block CJK extension E begins with a typing error that was kept.
CJK_FAST = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
            (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
CJK = [r if r[0] != 0x2B920 else (0x2B820, 0x2CEAF) for r in CJK_FAST]
# Upper-case letters of Unicode 15 to 17 and their lower case.
LOWER_17 = {0x1C89: 0x1C8A, 0xA7CB: 0x264, 0xA7CC: 0xA7CD, 0xA7CE: 0xA7CF, 0xA7D2: 0xA7D3,
            0xA7D4: 0xA7D5, 0xA7DA: 0xA7DB, 0xA7DC: 0x19B}
LOWER_17.update({c: c + 0x20 for c in range(0x10D50, 0x10D66)})
LOWER_17.update({c: c + 0x1B for c in range(0x16EA0, 0x16EB9)})

# Characters of Unicode 15 and 16 that are \w to the regex crate: it decides what single_word is.
WORD_16 = [(0x897, 0x897), (0xCF3, 0xCF3), (0xECE, 0xECE), (0x1C89, 0x1C8A), (0xA7CB, 0xA7CD),
           (0xA7DA, 0xA7DC), (0x105C0, 0x105F3), (0x10D40, 0x10D65), (0x10D69, 0x10D6D),
           (0x10D6F, 0x10D85), (0x10EC2, 0x10EC4), (0x10EFC, 0x10EFF), (0x1123F, 0x11241),
           (0x11380, 0x11389), (0x1138B, 0x1138B), (0x1138E, 0x1138E), (0x11390, 0x113B5),
           (0x113B7, 0x113C0), (0x113C2, 0x113C2), (0x113C5, 0x113C5), (0x113C7, 0x113CA),
           (0x113CC, 0x113D3), (0x113E1, 0x113E2), (0x116D0, 0x116E3), (0x11BC0, 0x11BE0),
           (0x11BF0, 0x11BF9), (0x11F00, 0x11F10), (0x11F12, 0x11F3A), (0x11F3E, 0x11F42),
           (0x11F50, 0x11F5A), (0x1342F, 0x1342F), (0x13440, 0x13455), (0x13460, 0x143FA),
           (0x16100, 0x16139), (0x16D40, 0x16D6C), (0x16D70, 0x16D79), (0x18CFF, 0x18CFF),
           (0x1B132, 0x1B132), (0x1B155, 0x1B155), (0x1CCF0, 0x1CCF9), (0x1DF25, 0x1DF2A),
           (0x1E030, 0x1E06D), (0x1E08F, 0x1E08F), (0x1E4D0, 0x1E4F9), (0x1E5D0, 0x1E5FA),
           (0x2B739, 0x2B739), (0x2EBF0, 0x2EE5D), (0x31350, 0x323AF)]


# ---------------------------------------------------------------------------------- data files

def ranges(path):
    """(first, last, value) of a file of the Unicode character database."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            m = re.match(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\S+)", line)
            if m:
                yield int(m[1], 16), int(m[2] or m[1], 16), m[3]


def read_ages(folder):
    ages = {}
    for first, last, value in ranges(os.path.join(folder, "DerivedAge.txt")):
        for c in range(first, last + 1):
            ages[c] = float(value)
    return ages


def read_properties(folder):
    properties = {}
    for first, last, value in ranges(os.path.join(folder, "PropList.txt")):
        properties.setdefault(value, set()).update(range(first, last + 1))
    return properties


# ---------------------------------------------------------------------------------- characters

def within(c, blocks):
    return any(first <= c <= last for first, last in blocks)


def is_ascii_punct(c):
    return 33 <= c <= 47 or 58 <= c <= 64 or 91 <= c <= 96 or 123 <= c <= 126


def is_word(char, category, properties):
    r"""\w of the Rust regex crate: Alphabetic, M, Nd, Pc, Join_Control."""
    c = ord(char)
    alphabetic = category in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl") or \
        c in properties["Other_Alphabetic"] or c in properties["Other_Lowercase"] or \
        c in properties["Other_Uppercase"]
    return alphabetic or category in ("Mn", "Mc", "Me", "Nd", "Pc") or \
        c in properties["Join_Control"] or within(c, WORD_16)


def flags_of(c, ages, properties, seconds):
    char, age = chr(c), ages.get(c, 99)
    category = unicodedata.category(char)
    in_8 = category if age <= 8 else "Cn"
    kept_control = c in (9, 10, 13)
    always = c in (0, 0xFFFD)
    ascii_punct = is_ascii_punct(c)
    has = {
        "SPACE": c in properties["White_Space"],
        "DROP_GOOGLE": always or category in ("Cc", "Cf") and not kept_control,
        "DROP_SLOW": always or category[0] == "C" and not kept_control,
        "DROP_FAST": always or in_8 in ("Cc", "Cf", "Co") and not kept_control,
        "PUNCT": ascii_punct or category[0] == "P",
        "PUNCT_FAST": ascii_punct or in_8[0] == "P" or c in PUNCT_8,
        "MARK": category == "Mn",
        "MARK_FAST": in_8 == "Mn" and c not in NOT_MARK_8 or c in MARK_8,
        "CJK": within(c, CJK),
        "CJK_FAST": within(c, CJK_FAST),
        "NEW": age > 9 and (unicodedata.combining(char) or unicodedata.decomposition(char)),
        "LOWER_FAST": c in LOWER_17,
        "DOT": c == 0x130,
        # Only what the final sigma's rule asks: cased and not also case-ignorable.
        "CASED": (char + "\u03a3").lower()[-1] == "\u03c2",
        "WORD": is_word(char, category, properties),
        "SECOND": c in seconds,
    }
    has["IGNORABLE"] = ("A" + char + "\u03a3").lower()[-1] == "\u03c2" and not has["CASED"]
    return sum(1 << i for i, name in enumerate(FLAGS) if has[name])


def lower_delta(c):
    if c in LOWER_17:
        return LOWER_17[c] - c
    lower = chr(c).lower()
    assert len(lower) == 1 or c == 0x130
    return 0 if c == 0x130 else ord(lower) - c


def decomposition_of(c):
    if c in HANGUL:
        return ()
    to = unicodedata.normalize("NFD", chr(c))
    return () if to == chr(c) else tuple(map(ord, to))


def compositions():
    """(first, second, composed) of all primary composites but the Hangul syllables."""
    for c in range(LAST + 1):
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and parts[0][0] != "<":
            first, second = (int(p, 16) for p in parts)
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(c):
                yield first, second, c


def is_surrogate(c):
    return 0xD800 <= c <= 0xDFFF


# -------------------------------------------------------------------------------------- output

def numbers(values, form="%d"):
    line = "   "
    for v in values:
        text = " " + form % v + ","
        if len(line) + len(text) > 100:
            yield line
            line = "   "
        line += text
    yield line


def array(kind, name, values, form="%d"):
    print("\nconst %s %s[%d] = {" % (kind, name, len(values)))
    print("\n".join(numbers(values, form)))
    print("};")


def main():
    assert unicodedata.unidata_version == "14.0.0", "run this under Python 3.11"
    ages, properties = read_ages(sys.argv[1]), read_properties(sys.argv[1])
    composed = sorted(compositions())
    seconds = {second for _, second, _ in composed} | set(range(0x1161, 0x1176)) | \
        set(range(0x11A8, 0x11C3))
    pool, records, index = [], {}, []
    places = {}
    for c in range(LAST + 1):
        if is_surrogate(c):
            record = (1 << FLAGS.index("DROP_SLOW"), 0, 0, 0, 0)
        else:
            to = decomposition_of(c)
            if to not in places:
                places[to] = len(pool)
                pool.extend(to)
            record = (flags_of(c, ages, properties, seconds), lower_delta(c), places[to], len(to),
                      unicodedata.combining(chr(c)))
        index.append(records.setdefault(record, len(records)))
    blocks, top = {}, []
    for at in range(0, LAST + 1, 1 << SHIFT):
        block = tuple(index[at:at + (1 << SHIFT)])
        top.append(blocks.setdefault(block, len(blocks)))

    print("// unicode_tables.c: written by tools/unicode.py from Python's unicodedata %s and the"
          % unicodedata.unidata_version)
    print("// Unicode data files DerivedAge.txt and PropList.txt; do not edit. Data: copyright Unicode,")
    print("// Inc., Unicode licence v3. unicode.h says what the tables hold.")
    print("//")
    print("//     python3.11 tools/unicode.py UCD > src/text/unicode_tables.c")
    print("// clang-format off")
    print('#include "text/unicode.h"')
    print("\n_Static_assert(UNICODE_SHIFT == %d, \"block size\");" % SHIFT)
    for i, name in enumerate(FLAGS):
        print("_Static_assert(UNICODE_%s == 1u << %d, \"flag order\");" % (name, i))
    array("uint16_t", "unicode_blocks", top)
    array("uint16_t", "unicode_index", [i for block in blocks for i in block])
    print("\nconst struct unicode_record unicode_records[%d] = {" % len(records))
    line = "   "
    for r in records:
        text = " {0x%x, %d, %d, %d, %d}," % r
        if len(line) + len(text) > 100:
            print(line)
            line = "   "
        line += text
    print(line + "\n};")
    array("uint32_t", "unicode_decompositions", pool, "0x%x")
    print("\nconst struct unicode_pair unicode_pairs[UNICODE_PAIRS] = {")
    line = "   "
    for triple in composed:
        text = " {0x%x, 0x%x, 0x%x}," % triple
        if len(line) + len(text) > 100:
            print(line)
            line = "   "
        line += text
    print(line + "\n};")
    print("_Static_assert(UNICODE_PAIRS == %d, \"pairs\");" % len(composed))
    print("%d blocks, %d records, %d pairs" % (len(blocks), len(records), len(composed)),
          file=sys.stderr)


if __name__ == "__main__":
    main()
