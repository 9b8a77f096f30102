"""The one corpus of hostile strings (field/trust.md 3): what callers, imports and other sites may write.

Every entry must be shown without acting on the terminal, be found, stored and exported exactly, and
break nothing. ``storable`` is false for lone surrogates: those are refused with a sentence.
"""

from collections.abc import Iterator
from typing import NamedTuple

BEL, ESC, ST, CSI = "\x07", "\x1b", "\x1b\\", "\x1b["


class Hostile(NamedTuple):
    name: str
    text: str
    storable: bool = True


def _controls() -> Iterator[Hostile]:
    for point in (*range(0x20), 0x7F, *range(0x80, 0xA0)):
        kind = "c0" if point < 0x20 else "del" if point == 0x7F else "c1"
        yield Hostile(f"{kind}-{point:02x}", f"Im{chr(point)}primante")


_CSI = {
    "clear": "2J",
    "clear-scrollback": "3J",
    "home": "H",
    "move": "99;99H",
    "up": "50A",
    "erase-line": "2K",
    "insert-lines": "20L",
    "delete-chars": "40P",
    "scroll-up": "30S",
    "margins": "3;4r",
    "conceal": "8m",
    "black-on-black": "30;40m",
    "blink": "5;7m",
    "alternate-screen": "?1049h",
    "main-screen": "?1049l",
    "hide-cursor": "?25l",
    "mouse": "?1003h",
    "bracketed-paste-off": "?2004l",
    "132-columns": "?3h",
    "reverse-video": "?5h",
    "report-device": "c",
    "report-cursor": "6n",
    "report-title": "21t",
    "iconify": "2t",
    "resize": "8;1;1t",
    "push-title": "22;0t",
    "soft-reset": "!p",
    "kitty-keys": ">31u",
    "xterm-keys": ">4;2m",
    "cursor-style": "5 q",
    "repeat": "9999b",
    "media-copy": "5i",
    "many-parameters": ";".join(["1"] * 40) + "m",
    "huge-parameter": "99999999999999999999C",
    "unfinished": "38;5;",
    "private-rectangle": "1;1;9;9$z",
}
_OSC = {
    "title-both": "0;Poste de Monique",
    "title-icon": "1;icon",
    "title": "2;$(reboot)",
    "palette": "4;0;rgb:ff/ff/ff",
    "palette-query": "4;0;?",
    "folder": "7;file:///etc",
    "link": "8;;file:///bin/sh",
    "link-id": "8;id=1;https://example.org/",
    "notify": "9;Virement accepté",
    "foreground": "10;?",
    "background": "11;#000000",
    "font": "50;#-misc-fixed",
    "font-query": "50;?",
    "clipboard": "52;c;cm0gLXJmIH4K",
    "clipboard-query": "52;c;?",
    "clipboard-primary": "52;p;eA==",
    "reset-palette": "104",
    "shell-mark": "133;A",
    "vscode": "633;E;reboot",
    "urxvt": "777;notify;a;b",
    "iterm-image": "1337;File=inline=1:AAAA",
    "iterm-profile": "1337;SetProfile=root",
    "iterm-copy": "1337;CopyToClipboard=",
    "unnumbered": "lBanque",
}
_STRINGS = {
    "dcs-decrqss": "P$qm",
    "dcs-sixel": "Pq#0;2;0;0;0~~@@",
    "dcs-tmux": "Ptmux;\x1b\x1b]52;c;eA==\x07",
    "dcs-terminfo": "P+q544e",
    "dcs-keys": "P0;1|17/17",
    "apc-kitty": "_Gf=24,s=1,v=1;AAAA",
    "apc": "_anything",
    "pm": "^privacy",
    "sos": "Xstart of string",
    "title-screen": "kscreen title",
}
_ESCAPES = {
    "reset": "c",
    "index": "D",
    "reverse-index": "M",
    "save": "7",
    "restore": "8",
    "keypad": "=",
    "charset-lines": "(0",
    "charset-shift": "n",
    "align": "#8",
    "double-height": "#3",
    "utf8-off": "%@",
    "c1-7bit": " F",
    "rxvt-query": "GQ",
    "identify": "Z",
    "tektronix": "\x0c",
    "alone": "",
    "twice": "\x1b\x1b",
}


def _sequences() -> Iterator[Hostile]:
    for name, rest in _CSI.items():
        yield Hostile(f"csi-{name}", f"a{CSI}{rest}b")
    for name in ("clear", "conceal", "report-cursor", "alternate-screen"):
        yield Hostile(f"csi8-{name}", f"a\x9b{_CSI[name]}b")
    for name, rest in _OSC.items():
        yield Hostile(f"osc-{name}-bel", f"a{ESC}]{rest}{BEL}b")
        yield Hostile(f"osc-{name}-st", f"a{ESC}]{rest}{ST}b")
    yield Hostile("osc-link-shown", f"{ESC}]8;;https://example.org/evil{ST}https://example.com/{ESC}]8;;{ST}")
    yield Hostile("osc8-clipboard", "a\x9d52;c;eA==\x9cb")
    yield Hostile("osc-never-ended", f"a{ESC}]0;everything after this is a title")
    yield Hostile("osc-ended-by-c1", f"a{ESC}]2;x\x9cb")
    for name, rest in _STRINGS.items():
        yield Hostile(name, f"a{ESC}{rest}{ST}b")
        yield Hostile(f"{name}-open", f"a{ESC}{rest}")
    for point, name in ((0x90, "dcs8"), (0x98, "sos8"), (0x9E, "pm8"), (0x9F, "apc8")):
        yield Hostile(name, f"a{chr(point)}payload\x9cb")
    for name, rest in _ESCAPES.items():
        yield Hostile(f"esc-{name}", f"a{ESC}{rest}")


_SPLIT = (
    ("csi", ESC, "[2J"),
    ("csi-parameter", CSI + "3", "1mrouge"),
    ("osc", f"{ESC}]52;", f"c;eA=={BEL}"),
    ("osc-open", f"{ESC}]2", f";titre{ST}"),
    ("dcs", f"{ESC}P", f"q#0{ST}"),
    ("st", f"{ESC}]0;x{ESC}", "\\reste"),
    ("c1", "\x9b", "?1049h"),
    ("utf8-c1", "\xc2", "\x9b2J"),
    ("crlf", "début\r", "\nfin"),
    ("markup", "[bold", "]gras[/bold]"),
    ("bidi", "abc\u202e", "cba\u202c"),
)


def _split() -> Iterator[Hostile]:
    for name, first, second in _SPLIT:
        yield Hostile(f"split-{name}-1", f"Perret {first}")
        yield Hostile(f"split-{name}-2", f"{second} Monique")


_INVISIBLE = (
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028,
    0x2029, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068,
    0x2069, 0x206A, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFA, 0xFFFB, 0x1D173, 0xE0001,
    0xE0041, 0xE007F, 0xE0100,
)  # fmt: skip


def _invisible() -> Iterator[Hostile]:
    for point in _INVISIBLE:
        yield Hostile(f"invisible-{point:04x}", f"ad{chr(point)}min")
    yield Hostile("bidi-extension", "facture\u202efdp.exe")
    yield Hostile("bidi-isolate", "\u2067access\u2066 granted\u2069 denied\u2069")
    yield Hostile("bidi-nested", "\u202e" * 70 + "x" + "\u202c" * 70)
    yield Hostile("bidi-trojan", "if admin: \u202e \u2066# check\u2069 \u2066return")
    yield Hostile("zero-width-only", "\u200b\u200c\u200d\u2060\ufeff")
    yield Hostile("zero-width-storm", "a" + "\u200b" * 500 + "b")
    yield Hostile("byte-order-mark", "\ufeffPerret")
    yield Hostile("tag-message", "hi" + "".join(chr(0xE0000 + ord(sign)) for sign in "rm -rf") + "\U000e007f")
    yield Hostile("phone-from-a-telephone", "\u202a+41 79 123 45 67\u202c")


_WIDE = {
    "combining-100": "Z" + "\u0301" * 100 + "algo",
    "combining-mixed": "".join(
        f"{sign}\u0300\u0489\u20dd\u0336\u035c\u0360\u0321\u0327\u0338\u0358" for sign in "HELP"
    ),
    "combining-first": "\u0301\u0302Perret",
    "combining-alone": "\u20e3",
    "enclosing": "a\u20dd\u20de\u20e0",
    "thai-stack": "ก็็็็็็็็็็็็็็็็็็็็",
    "arabic-ligature": "\ufdfd\ufdfa",
    "indic": "क्ष्म्य",
    "korean-jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "korean-lone-vowels": "\u1161\u1161\u1161",
    "cjk": "打印机无法工作",
    "cjk-extension": "\U00020bb7\U0002a6d6",
    "ideographic-space": "東\u3000京",
    "fullwidth": "ＡＤＭＩＮ",
    "halfwidth": "ﾌﾟﾘﾝﾀ",
    "emoji": "🔥💾📞",
    "emoji-family": "👨\u200d👩\u200d👧\u200d👦",
    "emoji-tone": "👍🏽👋🏿",
    "emoji-tone-alone": "🏽",
    "emoji-selector": "❤\ufe0f☎\ufe0f✈\ufe0e",
    "emoji-keycap": "1\ufe0f\u20e3",
    "emoji-flag": "🇨🇭🇫🇷",
    "emoji-half-flag": "🇨",
    "emoji-flag-of-a-land": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "emoji-storm": "👩\u200d" * 60 + "🚀",
    "odd-spaces": "a\u1680b\u2000c\u2003d\u2009e\u202ff\u205fg",
    "private-use": "\ue0b0\uf8ff\U000f0001",
    "not-a-character": "\ufffe\uffff\U0010ffff",
    "unassigned": "\u0378\U0001ffff",
    "replacement": "d\ufffdj\ufffd vu",
    "object": "\ufffc",
    "box-drawing": "│ ─ ● ★ ¶ …",
    "homoglyphs": "раypаl",
    "decomposed": "Cafe\u0301 Ko\u0308nig",
    "ligatures": "ﬁn ŒUVRE ß ﬀ",
    "turkish": "İıŞş",
    "rtl": "שלום עולם مرحبا",
    "mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "braille-art": "⠿⣿⡇",
    "ambiguous-width": "①§±×÷αЖ",
}

_MARKUP = (
    "[/]", "[/b]", "x[/foo]y", "[/", "[", "]", "[]", "[[", "[b", "[b]gras", "[ERROR] disk full", "[EXT] Re: mail",
    "[URGENT]", "[warn]", "[jira-123]", "[1/3]", "array[0]", "[Fwd: x]", "C:\\[temp]", "[tag=value: b",
    "x [/some/path] y", "printer [HP-4] error", "[link=https://example.org]ici[/link]", "[link=",
    "[@click=app.quit]x[/]",
    "[@click=app.bell()]sonner[/]", "[@click=screen.dismiss]x", "[red on]x", "[not a style]x[/not a style]",
    "[$primary]x", "[on #zzzzzz]x", "\\[b]x", "[\\", "\\", "[bold]a[/italic]", "[/bold]", "[#ff0000]rouge", "[a=b]",
    "[x='y']", "[b]" * 300, "[" * 500, "$v [b]$name", ":smile: :warning:", "<b>gras</b>", "<script>alert(1)</script>",
    "&lt;&#27;", "%(name)s %s %d", "{name} {0} {", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
)  # fmt: skip

_QUERIES = (
    "l'imprimante", '"', "'", '""', "NEAR(", "NEAR/2", "a AND", "OR", "NOT x", "a OR OR b", "*", "vpn*", "^vpn",
    "-vpn",
    "+vpn", "title:vpn", "colonne:", "(", ")", "((a)", "HP-4", "wi-fi", "user@example.org", "C:\\temp",
    "erreur:0x80070005",
    "outlook.exe", "100%", "a_b%c", "c++", "#4711", "a;b", "a,b", "{a b}", "a:b:c", "\\\\serveur\\partage",
    "~!@#$%^&*()",
)  # fmt: skip

_COMMANDS = (
    "'; DROP TABLE ticket; --", "' OR '1'='1", '" OR ""="', "1); DELETE FROM entry; --",
    "x' UNION SELECT sql FROM sqlite_master--",
    "Robert'); DROP TABLE caller;--", "/* x */", "?1 :name @p $v", "=cmd|' /C calc'!A0", "=1+1", "+1+cmd", "-2+3",
    "@SUM(A1)",
    "\t=1+1", "\r=1+1", "=HYPERLINK(\"https://example.org\")", "$(reboot)", "`reboot`", "; rm -rf ~", "| sh",
    "&& true", "> /tmp/x",
    "!reboot", "~root", "--help", "-rf", "-", "--", "../../etc/passwd", "/dev/stdin", "/dev/null",
    "file:///etc/passwd",
    "..\\..\\windows\\win.ini", "CON", "a/b\\c:d", ".", "..", "%2e%2e%2f", "nom\x00.txt", "javascript:alert(1)",
    "[lien](javascript:alert(1))", "![x](file:///etc/passwd)", "# Titre\n- [ ] case", "```\nnever ended",
    "---\nkey: [", "%s%n%x",
    "null", "None", "true", "NaN", "1e999", "0x1F", "١٢٣", "２１４", "\u2212" + "5", "2023-02-29", "24:60",
)  # fmt: skip

_LINES = {
    "cr-overwrite": "refusé\raccepté",
    "cr-progress": "10 %\r50 %\r100 %",
    "backspaces": "refus\b\b\b\b\baccepté",
    "crlf": "une\r\ndeux\r\ntrois",
    "lf-cr": "une\n\rdeux",
    "many-lines": "ligne\n" * 200,
    "only-breaks": "\n\n\n\n",
    "line-separator": "une\u2028deux\u2029trois\x85quatre",
    "vertical": "une\vdeux\ftrois",
    "tabs": "a\tb\t\tc\t",
    "spaces": " " * 300,
    "blank-edges": "  Perret  ",
    "nul": "avant\x00après",
    "nul-only": "\x00",
    "nul-first": "\x00x",
    "long-word": "A" * 65_536,
    "long-words": "imprimante " * 5_958,
    "long-wide": "打" * 65_536,
    "long-escapes": (CSI + "31m") * 13_107,
    "long-marks": "e" + "\u0301" * 65_535,
    "long-digits": "4" * 65_536,
    "long-quotes": "'\"" * 32_768,
    "long-brackets": "[/]" * 21_845,
    "long-invisible": "\u202e\u200b" * 32_768,
    "long-tabs": "\t" * 65_536,
    "every-c0-at-once": "".join(map(chr, range(0x20))),
    "every-c1-at-once": "".join(map(chr, range(0x80, 0xA0))),
}

_SURROGATES = {
    "high": "a\ud800b",
    "low": "a\udc00b",
    "escaped-byte": "caf\udce9",
    "pair-swapped": "\udc00\ud800",
    "pair-split": "\ud83d \ude00",
    "last": "x\udfff",
    "with-escape": "\x1b]2;\udc9b\x07",
}


def _all() -> Iterator[Hostile]:
    yield from _controls()
    yield from _sequences()
    yield from _split()
    yield from _invisible()
    for kind, table in (("sign", _WIDE), ("line", _LINES)):
        yield from (Hostile(f"{kind}-{name}", text) for name, text in table.items())
    for kind, texts in (("markup", _MARKUP), ("query", _QUERIES), ("command", _COMMANDS)):
        yield from (Hostile(f"{kind}-{number:02d}", text) for number, text in enumerate(texts, 1))
    yield from (Hostile(f"surrogate-{name}", text, storable=False) for name, text in _SURROGATES.items())
    yield Hostile("empty", "")


CORPUS: tuple[Hostile, ...] = tuple(_all())
