"""Our own lists of abuse and hate, and short posts made with them beside their harmless look-alikes. Apache-2.0.

No openly licensed set of Indonesian hate exists; these lists are what the toxicity head knows it by. They hold insults
because a detector must know them.
"""

import re
from itertools import product

from training.corpora import Row
from training.lexicon import words
from training.phrases import listed

# Swearing and insults with their chat spellings, beyond `training.lexicon.ABUSIVE`. What is as often said of goods, as
# slime and defects are, is left out.
SWEARING = words(
    """
    anjg anjng anjeng anjink anjay anjas anjrot ajg njing njir njirr anjirr asuu asw asyu bangke bangkai bgst bangst
    bngst bajing bjingan brengsekk jembut jmbt jmbut kntl kontl konthol kuntul kntol memeq mmk meki itil peler pler
    pelir titit tytyd toket tetek nenen ngewe ewe entot ngentod ngntot entod kentot ngaceng sange sangean colmek
    coli bispak bispar lonthe lont perek sundel pecun pecundang pelakor jalang bitch betina binor germo
    mucikari ngewek silit bool taik taek tokai kampang kimbek puki pukimai cukimai cukimay telaso sundala anying
    goblog goblokk gblg gblk koplok koplak pekok pekak ndlogok dongo dongok plongo bloon blo'on bloonn oon o'on pea
    peak bolot budek budeg picek idiott debil tololl tll geblek gebleg gendeng gelo edun senewen
    otak_udang otak_dengkul otaknya cecunguk kacung jongos babu budak antek begundal
    bedebah jahanam jahannam terkutuk dajal iblis siluman kuntilanak tuyul genderuwo tikus_got cebong
    kecebong kampret kadrun kadal_gurun bani_serbet togog onta unta_arab cinak aseng sipit kapir kaper kafirun
    komunis komunist pki bencis banci bencong homo maho lesbi lesbong gay_lo waria_lo transpuan_lo hombreng perkosa
    mampus matek modar koit mampos bacot bct bacod cocot congor cangkem moncong nyolot songong belagu sampah
    sampah_masyarakat najis njis jijay hina rendahan murahan gembel melarat_lo kampungan udik ndeso norak
    katrok tua_bangka bangsat2 setan2 dedemit laknatullah laknatulloh murtad munafikun penista penjilat
    pengkhianat penghianat cuih muka_tembok tak_tau_diri gatau_diri kurang_ajar kurangajar sontoloyo semprul
    kunyuk kupret kutil
    sompret semprol sarap sedeng gelo sableng sengklek gesrek gaje ngehe ngehek kehed belegug bagong celeng
    kirik kadal comberan dogol goblokkk tololll begoo bebel botolkecap otaklu otakmu matamu matane
    cocote lambemu congormu bacotmu mulutmu nenekmu bapaklu emaklu cebol kuntet cungkring gendut buncit tonggos jontor
    pesek sipit dekil burik buluk haramjadah jadah bedebah durjana durhaka bengis jahanam
    keji nista hinaan cabul mesum bejad bejat sangek sange2 bokep bugil ngocok desahan crot crott sepong
    pantat bokong pelacuran gigolo birahi
    ngentott dientot entotin jilmek kobel peju pejuh tempik turuk tetekmu susumu vcs openbo psk
    plonga plongo pekok2 dungu2 tolol2 bodoh2 goblok2 bacot2 otakkosong pembual
    pecundangg pengecut banci2 munafikk penjahat bandit preman begal begundal cukong taipan antekk komprador
    monyong
    fucked fuckin fck fuk stfu gtfo bastards assholes bitches hoe hoes hoez thot thots slutty whores skank skanks cunts
    pussy pussies faggots fag fags dyke tranny trannies nigga niggas nigger niggers spic chink wetback towelhead
    raghead kike paki retards morons idiots imbecile dumb dumbass dipshit jackass douche douchebag prick wanker twat
    bollocks scumbag scumbags lowlife loser losers pig pigs vermin
    degenerate degenerates pervert perverts pedo psycho lunatic clown clowns liar liars coward cowards
    hypocrite hypocrites traitor traitors libtard libtards snowflake snowflakes nazi nazis fascist fascists racist
    racists bigot bigots thug thugs fatass vile
    """
)
# Groups that hate speaks of; alone they are no harm.
GROUPS = words(
    """
    cina china tionghoa aseng asing arab yahudi zionis israel kristen nasrani katolik islam muslim hindu budha buddha
    syiah ahmadiyah wahabi salafi hti fpi nu muhammadiyah ateis atheis komunis pki lgbt gay lesbian homo waria banci
    jawa batak padang sunda madura papua dayak ambon pribumi nonpribumi ulama ustad habib kyai pendeta rezim penguasa
    pemerintah presiden gubernur menteri cebong kampret kadrun buzzer buzzerp wanita perempuan janda kafir bule
    umat kaum agama etnis suku ras minoritas mayoritas nonmuslim non-muslim musyrik banser ansor habaib ustaz ustadz
    kiai romo pastor gereja masjid salib kristenisasi tka tiongkok rrc rohingya imigran pengungsi feminis transgender
    homoseksual politisi politikus dpr partai parpol kpu kpk tni polri polisi aparat oposisi petahana pendukung relawan
    capres cawapres caleg ormas liberal sekuler jil khilafah nusantara bangsa negara rakyat keturunan
    muslims jews jewish christians blacks whites mexicans immigrants immigrant refugees refugee migrants migrant
    illegals women woman females feminists feminist gays lesbians asians arabs muslim jew conservatives liberals
    democrats republicans antifa maga
    """
)
# Calls against people, and what such posts accuse them of.
CALLS = words(
    """
    usir ganyang bantai basmi bunuh penggal gorok bakar gantung tembak bacok habisi musnahkan hancurkan bubarkan
    lengserkan turunkan gulingkan makzulkan tumbangkan lawan perangi jihad kudeta makar serbu sikat libas enyahkan
    tenggelamkan tangkap penjarakan seret boikot haramkan sesat menyesatkan kafirkan dibunuh dibakar dibantai
    diusir diganyang pembantaian penjajah dijajah menjajah antek antek2 boneka kacung pengkhianat penghianat penista
    menistakan pembohong tukang_bohong penipu maling rampok koruptor munafik dzalim zalim biadab laknat neraka azab
    bangsat negara_hancur radikal teroris fitnah hoax adu_domba pencitraan planga plongo plonga otoriter diktator
    lengser bubar bubarin ganyangg usirr berangus gilas ludahi injak injak-injak
    mampusin matiin bunuhh gebuk gebukin pukulin kroyok keroyok siksa rajam cambuk salibkan kafirin
    kafir2 musyrik munafiq dzalimi thogut togut toghut taghut murtadin sesaat bid'ah khawarij penjilatt perusak pemecah
    provokator provokasi propaganda pendusta pendusta2 bohongi bohongin bodohi dibodohi bodohin
    pembodohan kebohongan merampok dirampok mengkhianati dikhianati jongos2
    deport deported invade invaders invasion buildthatwall buildthewall exterminate lynch behead
    terrorist terrorists rapist rapists subhuman savages
    """
)

_INSULTS = listed(
    """
    anjing | bangsat | bajingan | brengsek | keparat | kampret | goblok | tolol | bego | dungu | idiot | bebal |
    kontol | memek | jancok | asu | babi | monyet | tai | biadab | laknat | pelacur | jablay | lonte | bencong |
    sundal | perek | kunyuk | setan | iblis | dajjal | sinting | bacot | cocot | congor | sampah | bodoh | kafir
    | pengkhianat | penjilat | cebong | kadrun
    """
)
_INSULT_FRAMES = (
    "{}",
    "dasar {}",
    "{} lo",
    "emang {} lu semua",
    "{} banget sih ini orang",
    "mereka semua {}",
    "woi {}",
    "otak {}",
    "pantes {} begini",
    "si {} ini lagi",
    "makin {} aja orang ini",
    "kelakuan {} banget lo",
)
# Words of insult in their harmless sense, and heat without abuse.
_NO_INSULTS = """
    anjing saya lucu | kucing dan anjing | makanan anjing | jual anak anjing | daging babi | sate babi |
    flu babi | monyet di kebun binatang | kecewa berat | produknya rusak | pelayanan buruk sekali |
    tolong diperbaiki | wifi mati lagi | parah banget | saya tidak setuju | buang sampah | bank sampah |
    tempat sampah penuh
    """
_ANIMALS = ("anjing", "babi", "monyet", "kucing")
_ANIMAL_FRAMES = """
    {} saya | {} peliharaan | kandang {} | makanan {} | beli {} | jual {} | {} itu tidur | {} tetangga | foto {}
    | {} lucu | {} sakit | gigitan {} | dokter untuk {} | {} liar di pasar | {} kecil | ras {} |
    melihat {} di kebun | peternakan {} | {} hilang di taman
    """
# What hate says of a group, and what others say of it.
_HATED = listed(
    """
    cina | kafir | komunis | arab | yahudi | kristen | islam | syiah | ahmadiyah | lgbt | gay | pribumi | jawa |
    batak | papua | madura | ulama | habib | pendeta | presiden | gubernur | rezim ini | pemerintah | menteri |
    buzzer | perempuan | janda | wartawan | polisi | partai itu | pendukungnya | orang asing | bule | kaum itu
    """
)
_HATE_FRAMES = """
    usir {} dari negeri ini | ganyang {} | bantai saja semua {} | {} biadab | dasar {} tidak tahu diri | {} perusak
    bangsa | {} itu sampah | antek {} semua | bunuh saja {} | {} harus dimusnahkan | jangan percaya {}, munafik | {}
    penipu rakyat | {} boneka, planga plongo | turunkan {} pengkhianat | {} sesat dan menyesatkan | {} musuh kita |
    muka {} kayak monyet | otak {} di dengkul | {} pantas masuk neraka | najis lihat {} | jijik sama {} | lawan {}
    sampai mati | {} tukang bohong | {} maling | bakar rumah {} | {} bacot doang | kelakuan {} kayak binatang |
    {} gak punya otak | mulut {} bau busuk | dasar {} cebol muka jelek | {} cuma jadi beban negara | {} antek asing |
    {} dungu, makin dungu pendukungnya | {} penjual bangsa | tenggelamkan {} | hancurkan {} sampai akar | {} kafir
    penghuni neraka | jangan pilih {} haram hukumnya | {} penjajah, rebut kembali negeri ini | lengserkan {} sekarang
    juga | {} raja bohong, pencitraan melulu | kaum {} memang biang kerok | enyah {} dari sini | {} hina dan murahan
    """
_CALM_FRAMES = """
    {} merayakan hari besar | {} hadir di acara itu | teman saya {} | sejarah {} di indonesia | dialog dengan {} |
    {} memberi sambutan pagi ini | buku tentang {} | saya menghormati {} | {} bertemu warga | berita soal {} hari ini
    | diskusi tentang {} di kampus | {} dan keluarganya datang | film tentang {} | {} menjawab pertanyaan media |
    apa pendapat kalian soal {} | terima kasih {} | {} meresmikan jembatan | jumlah {} menurut sensus | doa untuk {}
    | saya tidak setuju dengan {} | kebijakan {} perlu dikaji | kritik untuk {} | {} diminta lebih terbuka |
    kasus yang menimpa {} | jangan menghina {} | stop ujaran kebencian terhadap {} | tolak kekerasan pada {}
    """
# Posts that carry an insult: the calm post, then the same with an insult, so that the insult is what is learned.
_LONGEST_HOST = 160
_HOSTS = 3_000


def own_abuse(calm: list[Row]) -> list[Row]:
    """Short abusive and hateful posts of ours with harmless look-alikes, and calm posts with an insult put to them."""
    rows = [
        Row("own_abuse", f.format(w), ("abusive",), "id", is_held_out=False) for w in _INSULTS for f in _INSULT_FRAMES
    ]
    rows += [Row("own_abuse", text, (), "id", is_held_out=False) for text in listed(_NO_INSULTS)]
    harmless = [frame.format(animal) for frame in listed(_ANIMAL_FRAMES) for animal in _ANIMALS]
    rows += [Row("own_abuse", text, (), "id", is_held_out=False) for text in harmless]
    rows += [
        Row("own_hate", frame.format(group), labels, "id", is_held_out=False)
        for frames, labels in ((_HATE_FRAMES, ("hs",)), (_CALM_FRAMES, ()))
        for frame, group in product(listed(frames), _HATED)
    ]
    rude = re.compile("|".join(_INSULTS))
    hosts = [
        row.text
        for row in calm
        if row.lang == "id"
        and row.corpus != "own"
        and len(row.text) <= _LONGEST_HOST
        and not rude.search(row.text.lower())
    ]
    step = max(len(hosts) // _HOSTS, 1)
    for turn, host in enumerate(hosts[::step]):
        insult = _INSULT_FRAMES[turn % len(_INSULT_FRAMES)].format(_INSULTS[turn % len(_INSULTS)])
        insulted = f"{host} {insult}" if turn % 2 else f"{insult} {host}"
        rows.append(Row("own_abuse", insulted, ("abusive",), "id", is_held_out=False))
        rows.append(Row("own_abuse", host, (), "id", is_held_out=False))
    return rows
