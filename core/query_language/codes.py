"""Codes that filters compare: languages, countries, sources, provinces of Indonesia.

Source: ISO 639-1, ISO 3166-1 alpha-2, and the codes of the provinces by Badan Pusat Statistik (2024, 38 provinces).
"""


def _listed(codes: str) -> tuple[str, ...]:
    return tuple(codes.split())


LANGUAGES = frozenset(
    _listed(
        "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee"
        " el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is"
        " it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms"
        " mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk"
        " sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi"
        " yo za zh zu"
    )
)
"""Two-letter codes of languages."""

FORMER_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv"}
"""Withdrawn codes that platforms still send."""

COUNTRIES = frozenset(
    _listed(
        "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by"
        " bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk"
        " fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir"
        " is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk"
        " ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm"
        " pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf"
        " tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
    )
)
"""Two-letter codes of countries."""

SOURCES = _listed("x facebook instagram tiktok youtube threads reddit forum news blog review web")
FLAGS = _listed("reply repost quote comment verified question")
CONTENTS = _listed("link image video hashtag mention")
SENTIMENTS = _listed("negative neutral positive")

SYNONYMS = {
    "indonesia": "id", "indonesian": "id", "inggris": "en", "english": "en", "melayu": "ms", "jawa": "jv",
    "sunda": "su", "malaysia": "my", "singapura": "sg", "singapore": "sg", "usa": "us", "uk": "gb", "idn": "id",
    "twitter": "x", "ig": "instagram", "fb": "facebook", "yt": "youtube", "berita": "news", "ulasan": "review",
    "balasan": "reply", "retweet": "repost", "komentar": "comment", "pertanyaan": "question", "tanya": "question",
    "tautan": "link", "url": "link", "gambar": "image", "foto": "image", "photo": "image", "tagar": "hashtag",
    "negatif": "negative", "netral": "neutral", "positif": "positive",
}  # fmt: skip
"""What people write instead of a code; only ever a suggestion."""

PROVINCES = {
    "11": "aceh|nad|nanggroe aceh darussalam", "12": "sumatera utara|sumut|north sumatra",
    "13": "sumatera barat|sumbar|west sumatra", "14": "riau", "15": "jambi",
    "16": "sumatera selatan|sumsel|south sumatra", "17": "bengkulu", "18": "lampung",
    "19": "kepulauan bangka belitung|bangka belitung|babel", "21": "kepulauan riau|kepri|riau islands",
    "31": "dki jakarta|jakarta|daerah khusus jakarta|dki|dkj", "32": "jawa barat|jabar|west java",
    "33": "jawa tengah|jateng|central java",
    "34": "di yogyakarta|daerah istimewa yogyakarta|yogyakarta|diy|d i yogyakarta", "35": "jawa timur|jatim|east java",
    "36": "banten", "51": "bali", "52": "nusa tenggara barat|ntb|west nusa tenggara",
    "53": "nusa tenggara timur|ntt|east nusa tenggara", "61": "kalimantan barat|kalbar|west kalimantan",
    "62": "kalimantan tengah|kalteng|central kalimantan", "63": "kalimantan selatan|kalsel|south kalimantan",
    "64": "kalimantan timur|kaltim|east kalimantan", "65": "kalimantan utara|kaltara|north kalimantan",
    "71": "sulawesi utara|sulut|north sulawesi", "72": "sulawesi tengah|sulteng|central sulawesi",
    "73": "sulawesi selatan|sulsel|south sulawesi", "74": "sulawesi tenggara|sultra|southeast sulawesi",
    "75": "gorontalo", "76": "sulawesi barat|sulbar|west sulawesi", "81": "maluku",
    "82": "maluku utara|malut|north maluku", "91": "papua barat|west papua", "92": "papua barat daya|southwest papua",
    "94": "papua", "95": "papua selatan|south papua", "96": "papua tengah|central papua",
    "97": "papua pegunungan|highland papua",
}  # fmt: skip
"""Province code to its names, the official one first."""

PROVINCE_CODES = {name: code for code, names in PROVINCES.items() for name in names.split("|")}
