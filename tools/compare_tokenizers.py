#!/usr/bin/env python3
"""Holds libbert's tokenizer against one of its three references and prints what was compared.

    compare_tokenizers.py --lib build/libbert.so --reference hf-fast VOCAB.txt…
        [--text FILE…] [--megabytes N] [--random N] [--sets NAME,…] [--cases FROM:TO]
        [--google tokenization.py] [--by-word]

Reference and what runs it:
    hf-fast   any Python with tokenizers 0.23; ids, offsets, word numbers, truncation, decoding
    hf-slow   Python 3.11 with transformers 4.57 (its slow BertTokenizer); ids, decoding
    google    Python 3.11 and google-research/bert's tokenization.py, given by --google; ids
Unicode must be 14.0 for the last two, hence Python 3.11.

Sets: code points (every one alone, inside a word, after a capital, with an accent behind), pairs (of
characters of every class in which the references differ), lengths (words about the longest), files
(--text: plain, one text a line, or .jsonl of strings; .xz and .gz are read as they are), random,
added (tokens that a user added, with flags), json (a tokenizer.json, alone or beside a vocab.txt that
does not count, with every option drawn at random: normalizer, model, added tokens, template, decoder),
truncation, decode. The first three use a vocabulary in which every character is a piece, so that a
difference in normalisation cannot hide behind [UNK]. Exit status 1 when something differs.
"""
import argparse
import ctypes as C
import gzip
import importlib.util
import json
import lzma
import os
import random
import sys
import tempfile
import time
import types
import unicodedata
from array import array

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PROFILES = {"google": 1, "hf-slow": 2, "hf-fast": 3}

# ---------------------------------------------------------------------------------------- libbert


class Error(C.Structure):
    _fields_ = [("status", C.c_int), ("message", C.c_char * 4096)]


class TokenizerOptions(C.Structure):
    _fields_ = [("size", C.c_size_t), ("profile", C.c_int), ("lowercase", C.c_int),
                ("strip_accents", C.c_int), ("split_cjk", C.c_int), ("special", C.c_int)]


class Text(C.Structure):
    _fields_ = [("data", C.c_char_p), ("len", C.c_size_t)]


class Pieces(C.Structure):
    _fields_ = [("n", C.c_size_t), ("ids", C.c_void_p), ("types", C.c_void_p),
                ("offsets", C.c_void_p), ("words", C.c_void_p), ("truncated", C.c_size_t)]


class TokenizeOptions(C.Structure):
    _fields_ = [("size", C.c_size_t), ("max_length", C.c_size_t), ("truncate", C.c_int),
                ("left", C.c_bool), ("no_special", C.c_bool), ("windows", C.c_bool),
                ("stride", C.c_size_t)]


def ints(kind, address, n):
    a = array(kind)
    a.frombytes(C.string_at(address, n * a.itemsize))
    return a


class Ours:
    def __init__(self, lib, path, profile, case):
        self.lib, self.error = lib, Error()
        lower, strip, cjk = case
        options = TokenizerOptions(C.sizeof(TokenizerOptions), PROFILES[profile], lower, strip, cjk,
                                   0)
        lib.bert_tokenizer_open.restype = lib.bert_encoding_new.restype = C.c_void_p
        lib.bert_encoding_pieces.restype = Pieces
        lib.bert_encoding_windows.restype = lib.bert_detokenize.restype = C.c_size_t
        self.tokenizer = C.c_void_p(lib.bert_tokenizer_open(os.fsencode(path), C.byref(options),
                                                            C.byref(self.error)))
        if not self.tokenizer:
            sys.exit(self.error.message.decode())
        self.encoding = C.c_void_p(lib.bert_encoding_new(self.tokenizer, C.byref(self.error)))

    def tokenize(self, text, pair=None, **options):
        o = TokenizeOptions(C.sizeof(TokenizeOptions), no_special=True)
        for name, value in options.items():
            setattr(o, name, value)
        a = text.encode()
        b = None if pair is None else pair.encode()
        if self.lib.bert_tokenize(self.encoding, Text(a, len(a)), Text(b, len(b or b"")),
                                  C.byref(o), C.byref(self.error)):
            return None
        return self

    def pieces(self, window=0):
        return self.lib.bert_encoding_pieces(self.encoding, C.c_size_t(window))

    def ids(self, window=0):
        p = self.pieces(window)
        return ints("i", p.ids, p.n)

    def offsets(self, text, window=0):
        """Code points, flat: start, end, start, end …"""
        p, a = self.pieces(window), text.encode()
        flat = ints("I", p.offsets, 2 * p.n)
        if len(a) != len(text) and p.n:
            spans = (C.c_uint32 * (2 * p.n)).from_buffer(flat)
            self.lib.bert_spans_convert(Text(a, len(a)), 1, spans, C.c_size_t(p.n))
        return flat

    def words(self, window=0):
        p = self.pieces(window)
        return ints("i", p.words, p.n)

    def windows(self):
        return self.lib.bert_encoding_windows(self.encoding)

    def decode(self, ids, skip):
        a = (C.c_int32 * len(ids))(*ids)
        n = self.lib.bert_detokenize(self.tokenizer, a, C.c_size_t(len(ids)), skip, None,
                                     C.c_size_t(0))
        out = C.create_string_buffer(n + 1)
        n = self.lib.bert_detokenize(self.tokenizer, a, C.c_size_t(len(ids)), skip, out,
                                     C.c_size_t(n + 1))
        return out.raw[:n].decode()


# ------------------------------------------------------------------------------------- references


class Google:
    cases = [(1, -1, -1), (0, -1, -1)]

    def __init__(self, args, path, case):
        tf = types.ModuleType("tensorflow")  # it opens the vocabulary, nothing else
        tf.gfile = types.SimpleNamespace(GFile=lambda p, mode: open(p, "rb"))
        sys.modules["tensorflow"] = tf
        spec = importlib.util.spec_from_file_location("google_tokenization", args.google)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.t = module.FullTokenizer(path, do_lower_case=bool(case[0]))

    def batch(self, texts):
        for text in texts:
            yield self.t.convert_tokens_to_ids(self.t.tokenize(text)), None, None


class Slow:
    cases = [(1, -1, -1), (0, -1, -1), (1, 0, -1), (0, 1, 1), (1, 1, 0), (0, 0, 0)]

    def __init__(self, args, path, case):
        from transformers.models.bert.tokenization_bert import BertTokenizer
        option = {-1: None, 0: False, 1: True}
        self.t = BertTokenizer(path, do_lower_case=bool(case[0]), strip_accents=option[case[1]],
                               tokenize_chinese_chars=case[2] != 0)

    def batch(self, texts):
        for text in texts:
            yield self.t.convert_tokens_to_ids(self.t.tokenize(text)), None, None

    def decode(self, ids, skip):
        return self.t.decode(ids, skip_special_tokens=skip)


class Fast:
    cases = [(1, -1, -1), (0, -1, -1), (1, 0, 1), (0, 1, 1), (1, 1, 0), (0, 0, 0)]

    def __init__(self, args, path, case):
        from tokenizers import BertWordPieceTokenizer
        option = {-1: None, 0: False, 1: True}
        self.t = BertWordPieceTokenizer(path, lowercase=bool(case[0]),
                                        strip_accents=option[case[1]],
                                        handle_chinese_chars=case[2] != 0)

    def batch(self, texts):
        for e in self.t._tokenizer.encode_batch(texts, add_special_tokens=False):
            yield e.ids, e.offsets, e.word_ids

    def decode(self, ids, skip):
        return self.t.decode(ids, skip_special_tokens=skip)


class ByWord:
    """What a reference makes of a text, put together from what it makes of the stretches between its
    spaces, each asked once (words are Zipf-distributed, and these references slow). The same by
    their code: U+0020 stays one through cleaning and NFC, with which it never composes; the text is
    then split at white space, and lower-casing, accents, punctuation and WordPiece see one such word
    at a time, the final sigma too; special tokens have no space in them and none is stripped."""

    def __init__(self, reference):
        self.reference, self.known = reference, {}

    def word(self, word):
        if len(self.known) > 3_000_000:
            self.known.clear()
        ids = self.known[word] = next(self.reference.batch([word]))[0]
        return ids

    def batch(self, texts):
        for text in texts:
            ids = []
            for word in text.split(" "):
                found = self.known.get(word)
                ids += self.word(word) if found is None else found
            yield ids, None, None


REFERENCES = {"google": Google, "hf-slow": Slow, "hf-fast": Fast}

# ------------------------------------------------------------------------------------- comparing


class Report:
    def __init__(self):
        self.total = self.different = 0
        self.began = time.time()

    def line(self, name, texts, size, different, began):
        self.total += texts
        self.different += different
        print("%-44s %9d texts %8.2f MB %6d differ %6.0f s"
              % (name, texts, size / 1e6, different, time.time() - began), flush=True)


def show(text, what, mine, theirs):
    print("  %s: %r\n    ours   %s\n    theirs %s"
          % (what, text[:80], list(mine)[:24], list(theirs)[:24]), flush=True)


def first_difference(ours, text, ids, offsets, words):
    if ours.tokenize(text) is None:
        return "error", [], ids
    mine = ours.ids()
    if mine.tolist() != ids:
        return "ids", mine, ids
    if offsets is None:
        return None
    flat = [x for pair in offsets for x in pair]
    mine = ours.offsets(text)
    if mine.tolist() != flat:
        return "offsets", mine, flat
    mine = ours.words()
    return None if mine.tolist() == words else ("words", mine, words)


def compare(report, name, ours, theirs, texts, shown=5):
    began, count, size, different, batch = time.time(), 0, 0, 0, []

    def flush():
        nonlocal different
        for text, (ids, offsets, words) in zip(batch, theirs.batch(batch)):
            found = first_difference(ours, text, ids, offsets, words)
            if found:
                different += 1
                if different <= shown:
                    show(text, *found)
        batch.clear()

    for text in texts:
        batch.append(text)
        count += 1
        size += len(text)
        if len(batch) == 4096:
            flush()
    flush()
    report.line(name, count, size, different, began)


# ------------------------------------------------------------------------------------------- texts

def is_text(c):
    return not 0xD800 <= c <= 0xDFFF


def code_points():
    for c in range(0x110000):
        if is_text(c):
            x = chr(c)
            yield x
            yield "a" + x + "b"
            yield "A" + x
            yield "x " + x + "\u0301\u0323y"


def interesting():
    """Characters of every kind in which a profile may differ, some of each."""
    kinds = {}
    for c in range(0x110000):
        if not is_text(c):
            continue
        x = chr(c)
        kind = (unicodedata.category(x), unicodedata.combining(x),
                unicodedata.normalize("NFD", x) != x, unicodedata.normalize("NFC", x) != x,
                x.lower() != x, len(unicodedata.normalize("NFD", x)))
        kinds.setdefault(kind, []).append(x)
    chosen = set("aA1 .<=>-'[]`_\n\t\u0000\u200b\u00ad\u03a3\u03c3\u0130\u0338\u0301\u0323\u0345"
                 "\u4e00\u3400\uf900\U0002b820\U0002b920\u1100\u1161\u11a8\uac00\uac01\u037e\u0387"
                 "\u1fef\u2260\u0958\ufb1d\u166d\U000111c9\u1734\u1885\U00011938\u3000\u2028\ufffd"
                 "\ue000\u0378\u1c89\ua7cb\U00010d50\u0e33\u0f73\u0344\u302e\U0001d165")
    for members in kinds.values():
        chosen.update(members[:1] + members[-1:])
    return sorted(chosen)


def pairs(chars, frames):
    for a in chars:
        for b in chars:
            for frame in frames:
                yield frame.replace("1", a).replace("2", b)


def lengths():
    for n in (1, 98, 99, 100, 101, 102, 199, 200, 201, 202, 1000):
        for x in ("a", "é", "e\u0301", "가", "İ", "\u0301", "a\u200b", "Σ", "한a", "\U0001d5ba"):
            for frame in ("%s", "b%s", "%sb", "x %s y", "%s.", "[MASK]%s"):
                yield frame % (x * n)
                yield frame % (x * n + "é")


def lines_of(path):
    opener = lzma.open if path.endswith(".xz") else gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="ignore", newline="\n") as f:
        for line in f:
            line = line.rstrip("\n")
            yield json.loads(line) if ".jsonl" in path else line


def file_texts(path, limit):
    size = 0
    for line in lines_of(path):
        size += len(line.encode("utf-8", "ignore"))
        if size > limit:
            return
        if line:
            yield line


def random_text(rng, chars):
    parts = []
    for _ in range(rng.randint(1, 12)):
        kind = rng.random()
        if kind < 0.35:
            parts.append("".join(rng.choices(chars, k=rng.randint(1, 6))))
        elif kind < 0.55:
            parts.append("".join(rng.choices("abcdefghijklmnopqrstuvwxyzABCDEF", k=rng.randint(1, 9))))
        elif kind < 0.65:
            c = rng.choice((0x10FFFF, 0xFFFF, 0x3FFF, 0x1FFF))
            parts.append("".join(chr(x) for x in (rng.randint(0, c) for _ in range(3)) if is_text(x)))
        elif kind < 0.72:
            parts.append(rng.choice(SPECIAL + ["[mask]", "[MASK", "[MA\u200bSK]", "[CLS][SEP]"]))
        elif kind < 0.9:
            parts.append(" ")
        else:
            parts.append(rng.choice((".", ",", "'", "\u2019", "\u2014", "\n", "中", "한국", "ΑΣ", "=\u0338")))
    return "".join(parts)


def random_texts(n, chars, seed=1):
    rng = random.Random(seed)
    for _ in range(n):
        yield random_text(rng, chars)


# ------------------------------------------------------------------- truncation, decoding (a few)

def compare_truncation(report, ours, theirs, n):
    """Every rule, side and stride, windows included, against encode with enable_truncation."""
    began, rng, different = time.time(), random.Random(2), 0
    words = "the of a in to is it was as for on [MASK] don't São Ελλάδα 中国 x".split()
    t = theirs.t._tokenizer
    for _ in range(n):
        a = " ".join(rng.choices(words, k=rng.randint(0, 14)))
        b = None if rng.random() < 0.4 else " ".join(rng.choices(words, k=rng.randint(0, 14)))
        rule = rng.randint(0, 2)
        length, stride, left = rng.randint(3, 24), rng.randint(0, 6), rng.random() < 0.5
        added = 2 if b is None else 3
        try:
            t.enable_truncation(length, stride=stride, direction="left" if left else "right",
                                strategy=("longest_first", "only_first", "only_second")[rule])
            e = t.encode(a, b)
            want = [(w.ids, [x for o in w.offsets for x in o], w.type_ids,
                     [-1 if x is None else x for x in w.word_ids]) for w in [e] + e.overflowing]
        except BaseException as refusal:  # a panic is one
            if isinstance(refusal, KeyboardInterrupt):
                raise
            want = None
        t.no_truncation()
        got = ours.tokenize(a, b, no_special=False, max_length=length, truncate=rule, left=left,
                            windows=True, stride=stride)
        have = got and [windows_of(ours, i, a, b) for i in range(ours.windows())]
        # The reference refuses some settings even for texts that fit; ours lets those pass.
        fits = want is None and have and len(have) == 1 and ours.pieces().truncated == 0
        # And where nothing of one text stays, it gives windows that are longer than asked for.
        longer = have is None and want and any(len(w[0]) > length for w in want)
        if have != want and not fits and not longer and not (length == added and have is None):
            different += 1
            if different <= 5:
                show(repr((a, b, length, stride, left, rule)), "windows", have or [], want or [])
    report.line("truncation and windows", n, 0, different, began)


def windows_of(ours, i, a, b):
    p = ours.pieces(i)
    kinds = list(C.string_at(p.types, p.n))
    flat = ints("I", p.offsets, 2 * p.n).tolist()
    for k in range(p.n):  # to code points of the text that the token is of
        data = ((b or "") if kinds[k] else a).encode()
        for j in (2 * k, 2 * k + 1):
            flat[j] = len(data[:flat[j]].decode())
    return ours.ids(i).tolist(), flat, kinds, ours.words(i).tolist()


def compare_decoding(report, ours, theirs, path, n):
    began, rng, different = time.time(), random.Random(3), 0
    with open(path, encoding="utf-8", newline="\n") as f:
        size = len(f.read().split("\n")) - 1
    common = [i for w in ". , ! ? ' n ##t don s m re ve do not".split()
              for i in [ours.lib.bert_tokenizer_id(ours.tokenizer, w.encode(), len(w.encode()))]
              if i >= 0]
    for _ in range(n):
        ids = [rng.choice(common) if rng.random() < 0.5 else rng.randrange(size)
               for _ in range(rng.randint(0, 12))]
        skip = rng.random() < 0.5
        mine, want = ours.decode(ids, skip), theirs.decode(ids, skip)
        if mine != want:
            different += 1
            if different <= 5:
                show(repr(ids), "decoded", [mine], [want])
    report.line("decoding", n, 0, different, began)


# ------------------------------------------------------------------------------- added tokens

ADDED = ["yesterday", "day", "Day", "<a>", "<ab>", "b>", "[X]", "café", "new tok", " x", "ÉA", "中", ".."]


def added_text(rng):
    parts = ADDED + [" ", " ", "\t", "a", "Z", "DAY", "CAFÉ", "cafe\u0301", "!", "_", "é", "<", "x"] + SPECIAL
    return "".join(rng.choice(parts) for _ in range(rng.randint(1, 9)))


def compare_added(report, lib, reference, path, n, sets):
    """Added tokens of every kind: special, single_word, lstrip, rstrip, normalized at random."""
    began, rng, different, texts = time.time(), random.Random(5), 0, 0
    for round_ in range(sets):
        chosen = [dict(content=c, special=rng.random() < 0.4, single_word=rng.random() < 0.3,
                       lstrip=rng.random() < 0.3, rstrip=rng.random() < 0.3,
                       normalized=rng.random() < 0.5) for c in rng.sample(ADDED, 4)]
        if reference == "hf-slow":  # known: a token that is given back keeps the space it had taken
            for token in chosen:
                token["single_word"] &= not (token["lstrip"] or token["rstrip"])
        lower = rng.random() < 0.5
        with tempfile.TemporaryDirectory() as folder:
            theirs = (added_fast if reference == "hf-fast" else added_slow)(folder, path, chosen, lower)
            ours = Ours(lib, folder, reference, (-1, -1, -1))
            batch = [added_text(rng) for _ in range(n)]
            texts += n
            for text, (ids, offsets, words) in zip(batch, theirs.batch(batch)):
                found = first_difference(ours, text, ids, offsets, words)
                if found:
                    different += 1
                    if different <= 5:
                        print("  ", chosen, lower)
                        show(text, *found)
    report.line("added tokens", texts, 0, different, began)


def added_fast(folder, path, chosen, lower):
    from tokenizers import AddedToken
    theirs = Fast(None, path, (lower, -1, -1))
    for token in chosen:
        add = theirs.t.add_special_tokens if token["special"] else theirs.t.add_tokens
        add([AddedToken(**{k: v for k, v in token.items() if k != "special"})])
    theirs.t.save(os.path.join(folder, "tokenizer.json"))
    return theirs


def added_slow(folder, path, chosen, lower):
    import shutil
    shutil.copy(path, os.path.join(folder, "vocab.txt"))
    with open(path, encoding="utf-8", newline="\n") as f:
        lines = f.read().split("\n")[:-1]
    decoder = {str(lines.index(t)): dict(content=t, special=True, single_word=False, lstrip=False,
                                         rstrip=False, normalized=False) for t in SPECIAL}
    known = {line: i for i, line in enumerate(lines)}
    for i, token in enumerate(chosen):
        decoder[str(known.get(token["content"], len(lines) + i))] = token
    extra = [t["content"] for t in chosen if t["special"]]
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as f:
        json.dump(dict(do_lower_case=lower, added_tokens_decoder=decoder,
                       additional_special_tokens=extra, tokenizer_class="BertTokenizer"), f)
    from transformers.models.bert.tokenization_bert import BertTokenizer
    theirs = Slow.__new__(Slow)
    theirs.t = BertTokenizer.from_pretrained(folder)
    return theirs


# ------------------------------------------------------------------------------- tokenizer.json


def draw_json(rng, chars):
    """Every option of a BERT tokenizer.json that libbert takes, at random, and a vocabulary of
    characters and pairs. (Of pre-tokenizers that is one.)"""
    flag, prefix = lambda: rng.random() < 0.5, rng.choice(("##", "##", "@@", "_"))
    unk, cls, sep = rng.choice((("[UNK]", "[CLS]", "[SEP]"), ("<unk>", "<s>", "</s>")))
    pieces = [unk, cls, sep, "[MASK]"]
    some = [c for c in chars if rng.random() < 0.9]
    for c in some + list("abcdefghijklmnopqrstuvwxyz"):
        pieces += [c, prefix + c]
    pieces += [rng.choice(("", prefix)) + "".join(rng.choices("abcdefgh", k=rng.randint(2, 5)))
               for _ in range(300)]
    vocab = {}
    for piece in pieces:
        vocab.setdefault(piece, len(vocab))
    special = lambda t: {"SpecialToken": {"id": t, "type_id": 0}}
    part = lambda x, kind: {"Sequence": {"id": x, "type_id": kind}}
    template = {"type": "TemplateProcessing",
                "single": [special(cls), part("A", 0)] + ([special(sep)] if flag() else []),
                "pair": [special(cls), part("A", 0), special(sep), part("B", 1),
                         special(sep)],
                "special_tokens": {t: {"id": t, "ids": [vocab[t]], "tokens": [t]}
                                   for t in (cls, sep)}}
    bert = {"type": "BertProcessing", "sep": [sep, vocab[sep]], "cls": [cls, vocab[cls]]}
    added = [dict(id=vocab[t], content=t, single_word=flag(), lstrip=flag(), rstrip=flag(),
                  normalized=False, special=True) for t in (unk, cls, sep, "[MASK]")]
    drawn = [c for c in ADDED if c not in vocab and c != "Day"]  # the library takes it or "day" by chance
    added += [dict(id=len(vocab) + i, content=c, single_word=flag(), lstrip=flag(), rstrip=flag(),
                   normalized=flag(), special=flag())
              for i, c in enumerate(rng.sample(drawn, rng.randint(0, 4)))]
    normalizer = {"type": "BertNormalizer", "clean_text": flag(), "lowercase": flag(),
                  "handle_chinese_chars": flag(), "strip_accents": rng.choice((None, True, False))}
    lowered = {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, normalizer]}
    wordpiece = {"type": "WordPiece", "prefix": prefix, "cleanup": flag()}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": rng.choice((normalizer, normalizer, normalizer, lowered, None)),
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": rng.choice((template, bert, template, bert, None)),
            "decoder": rng.choice((wordpiece, wordpiece, wordpiece, None)),
            "model": {"type": "WordPiece", "unk_token": unk, "vocab": vocab,
                      "continuing_subword_prefix": prefix,
                      "max_input_chars_per_word": rng.choice((3, 5, 20, 100, 1000))}}


def compare_json(report, lib, chars, sets, n):
    from tokenizers import Tokenizer
    began, rng, different = time.time(), random.Random(7), 0
    for _ in range(sets):
        with tempfile.TemporaryDirectory() as folder:
            drawn = draw_json(rng, chars)
            with open(os.path.join(folder, "tokenizer.json"), "w") as f:
                json.dump(drawn, f)
            if rng.random() < 0.5:  # beside it one that nobody may look at
                with open(os.path.join(folder, "vocab.txt"), "w") as f:
                    f.write("\n".join(SPECIAL + sorted("abcdefgh")))
            theirs = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
            ours = Ours(lib, folder, "hf-fast", (-1, -1, -1))
        for text in random_texts(n, chars, rng.random()):
            if rng.random() < 0.5:
                text += added_text(rng)
            pair = text[::-1] if rng.random() < 0.3 else None
            e = theirs.encode(text, pair)
            ours.tokenize(text, pair, no_special=False)
            skip = rng.random() < 0.5
            mine = windows_of(ours, 0, text, pair) + (ours.decode(e.ids, skip),)
            want = (e.ids, [x for o in e.offsets for x in o], e.type_ids,
                    [-1 if x is None else x for x in e.word_ids], theirs.decode(e.ids, skip))
            if mine != want:
                different += 1
                if different <= 5:
                    print("  ", {k: v for k, v in drawn["model"].items() if k != "vocab"},
                          drawn["normalizer"], drawn["decoder"], drawn["added_tokens"],
                          (drawn["post_processor"] or {}).get("type"))
                    show(repr((text, pair)), "tokenizer.json", mine, want)
    report.line("tokenizer.json, every option", sets * n, 0, different, began)


# -------------------------------------------------------------------------------------------- main

def full_vocabulary(folder):
    """Every character is a piece, alone and as a continuation, but those that end or trim a line."""
    path = os.path.join(folder, "vocab.txt")
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("\n".join(SPECIAL) + "\n")
        for c in range(0x110000):
            if is_text(c) and not chr(c).isspace():
                f.write("%s\n##%s\n" % (chr(c), chr(c)))
    return path


def case_name(case):
    lower, strip, cjk = case
    return "%s%s%s" % ("uncased" if lower else "cased",
                       {-1: "", 0: " accents", 1: " strip"}[strip],
                       " no-cjk" if cjk == 0 else "")


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--lib", required=True)
    p.add_argument("--reference", required=True, choices=sorted(REFERENCES))
    p.add_argument("--google")
    p.add_argument("--text", nargs="*", default=[])
    p.add_argument("--megabytes", type=float, default=1e9)
    p.add_argument("--random", type=int, default=100000)
    p.add_argument("--sets", default="points,pairs,lengths,files,random,added,json,truncation,decode")
    p.add_argument("--by-word", action="store_true", help="files: ask hf-slow, google word by word")
    p.add_argument("--cases", default="0:9", help="of the reference's options: FROM:TO")
    p.add_argument("vocab", nargs="*")
    args = p.parse_args()
    sets = args.sets.split(",")
    cases = slice(*map(int, args.cases.split(":")))
    if args.by_word and args.reference == "hf-fast":
        sys.exit("--by-word: hf-fast gives offsets into the whole text, and is fast enough")
    lib = C.CDLL(os.path.abspath(args.lib))
    reference, report = REFERENCES[args.reference], Report()
    if args.reference != "hf-fast":
        assert unicodedata.unidata_version == "14.0.0", "run this under Python 3.11"
    chars = interesting()
    with tempfile.TemporaryDirectory() as folder:
        path = full_vocabulary(folder)
        for case in reference.cases[cases]:
            name = case_name(case)
            ours = Ours(lib, path, args.reference, case)
            theirs = reference(args, path, case)
            if "points" in sets:
                compare(report, name + ": every code point", ours, theirs, code_points())
            if "pairs" in sets:
                compare(report, name + ": pairs", ours, theirs, pairs(chars, ("12", "A1b2c")))
            if "lengths" in sets:
                compare(report, name + ": lengths", ours, theirs, lengths())
            if "random" in sets:
                compare(report, name + ": random", ours, theirs, random_texts(args.random, chars))
    if "json" in sets and args.reference == "hf-fast":
        compare_json(report, lib, chars, 400, 250)
    for path in args.vocab:
        for case in reference.cases[:2][cases]:
            name = "%s %s" % (os.path.basename(path).replace("-vocab.txt", ""), case_name(case))
            ours = Ours(lib, path, args.reference, case)
            theirs = reference(args, path, case)
            asked = ByWord(theirs) if args.by_word else theirs
            for text in args.text if "files" in sets else []:
                compare(report, name + ": " + os.path.basename(text), ours, asked,
                        file_texts(text, args.megabytes * 1e6))
            if "random" in sets:
                compare(report, name + ": random", ours, theirs,
                        random_texts(args.random, chars, 4))
            if "decode" in sets and hasattr(theirs, "decode"):
                compare_decoding(report, ours, theirs, path, 20000)
            if "added" in sets and args.reference != "google" and case == reference.cases[0]:
                compare_added(report, lib, args.reference, path, 500,
                              200 if args.reference == "hf-fast" else 10)
            if "truncation" in sets and args.reference == "hf-fast":
                compare_truncation(report, ours, theirs, 20000)
    print("%s: %d texts compared, %d differ, %.0f s"
          % (args.reference, report.total, report.different, time.time() - report.began))
    return report.different > 0


if __name__ == "__main__":
    sys.exit(main())
