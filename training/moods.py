"""Our own lists of how people speak of their days, of others and of public matters. Apache-2.0.

The lists of `training.lexicon` are of goods and services; these are of everyday and public talk, which the open sets
hold little of. Roots: their common derived forms count with them, see `marks`.
"""

import re
from collections.abc import Collection

from training.lexicon import words

GLAD = words(
    """
    bahagia senang gembira riang ceria girang sukacita bungah seneng asik asyik seru lucu ngakak kocak menghibur
    tertawa ketawa tawa senyum tersenyum wkwk haha hehe hihi hore asek yey yeay yay uhuy ciee cihuy cinta sayang
    kasih rindu kangen peluk cium kecup romantis mesra setia jodoh manis imut gemas gemoy lucuu cantik ganteng
    tampan ayu molek anggun menawan rupawan cakep syantik glowing mempesona memikat idola panutan teladan pahlawan
    juara menang kemenangan prestasi berprestasi sukses berhasil keberhasilan lulus wisuda naik_pangkat untung
    rezeki rejeki berkah barokah berkat nikmat syukur bersyukur alhamdulillah masyaallah mashaallah subhanallah puji
    terpuji anugerah karunia hidayah mukjizat ajaib takjub kagum mengagumkan salut bangga membanggakan hormat
    menghargai apresiasi penghargaan penuh_kasih dukung dukungan sokong bela setuju sepakat cocok mufakat optimis
    optimistis harapan berharap percaya yakin mantap teguh tegar kuat tangguh hebat dahsyat luar_biasa keren mantul
    jempol top terbaik unggul istimewa spesial sempurna ideal indah elok permai asri sejuk damai tenteram tentram
    tenang rukun harmonis aman sentosa sejahtera makmur adil jujur amanah bersih tulus ikhlas sabar ramah santun
    sopan baik kebaikan baik_hati dermawan murah_hati penyayang peduli perhatian tolong-menolong gotong_royong
    membantu menolong penolong bermanfaat berguna berjasa bijak bijaksana cerdas pintar pandai jenius kreatif
    inovatif inspiratif semangat motivasi antusias bergairah terharu haru lega plong tenang santai rileks nyaman
    betah puas memuaskan kenyang lezat enak sedap maknyus gurih segar sehat bugar pulih sembuh membaik bangkit
    tumbuh berkembang maju kemajuan meningkat melesat cemerlang gemilang brilian spektakuler fantastis fenomenal
    memukau terpukau terpesona berkesan kesan_baik kenangan_indah selamat congrats congratulations happy love loved
    nice good great best cool awesome amazing cute sweet thanks thank blessed lucky proud enjoy enjoyed beautiful
    lovely fun funny yummy excited hug hugs wow ganbatte fighting hangat ceriaa lancar sukur mashallah aamiin amin
    doakan semoga moga mudah-mudahan gratis hadiah kado traktir bonus bangga_jadi pro_rakyat merakyat berwibawa
    berani tegas visioner solusi terobosan prestisius rekor emas damai kompak bersatu persatuan toleran toleransi
    bhinneka merdeka berdaulat berjaya jaya hidup_sehat syahdu merdu suka favorit kesukaan demen doyan gandrung
    nagih kece kewl badai pecah_abis gokil gila_keren jos joss mantab best_banget terbaek baek bestie bestfriend
    sahabat sohib gembul uwu mupeng bucin baper_manis adem kalem cuco
    """
)
UPSET = words(
    """
    sedih pilu duka berduka lara nestapa sendu murung muram galau gundah gulana gelisah resah risau cemas khawatir
    kawatir was-was takut seram ngeri panik trauma depresi stres stress frustrasi frustasi putus_asa hopeless nangis
    menangis tangis mewek mewek-mewek sesenggukan hiks huhu huft hufft hadeh hadeuh haduh aduh duh yaelah ckck capek
    capai cape lelah letih lesu penat jenuh bosan bosen suntuk gabut hampa sepi kesepian sunyi sendiri_terus
    patah_hati sakit_hati sakit perih pedih nyeri ngilu pusing mual demam meriang flu batuk pilek sekarat mati
    meninggal wafat tewas gugur kecewa nyesel sesal menyesal kesal kesel sebel sebal bete bt jengkel dongkol gondok
    gedeg gemes_kesel greget geregetan marah murka geram emosi ngamuk berang naik_pitam muak jijik eneg enek benci
    dendam iri dengki cemburu sirik julid nyinyir rese resek reseh nyebelin ngeselin menyebalkan menjengkelkan
    memuakkan ganggu mengganggu berisik caper lebay alay norak munafik hipokrit pengkhianat khianat selingkuh bohong
    dusta pembohong tipu ngibul omong_kosong pencitraan gimmick janji_manis ingkar curang licik culas jahat kejam
    keji bengis biadab zalim dzalim dzolim lalim tiran diktator otoriter korup korupsi koruptor rampok maling garong
    mencuri suap gratifikasi mafia begal preman penjahat kriminal pembunuh bunuh membunuh dibunuh perkosa pelecehan
    cabul mesum bully dibully perundungan aniaya siksa sadis teror teroris bom perang konflik kerusuhan ricuh rusuh
    bentrok tawuran demo_rusuh krisis resesi inflasi bangkrut pailit phk nganggur pengangguran miskin kemiskinan
    melarat sengsara derita menderita susah kesusahan sulit kesulitan berat beban terbebani utang hutang bencana
    banjir gempa tsunami longsor kebakaran kecelakaan tabrakan musibah petaka malapetaka celaka sial apes naas gagal
    kegagalan kalah kekalahan kandas hancur rusak bobrok parah payah buruk jelek bejat busuk bodoh goblok tolol bego
    dungu idiot sinting gila sarap edan ngaco ngawur asal_bunyi asbun bacot cerewet bawel sombong angkuh congkak
    arogan sok songong belagu tengil pelit kikir rakus serakah tamak malas males mager ogah hina menghina hujat
    fitnah caci maki provokasi adu_domba hoax hoaks rasis sara intoleran radikal sesat kafir tolak menolak lawan
    kecam mengecam kutuk mengutuk protes gugat boikot mundur pecat turunkan lengser bubarkan keracunan racun basi
    mubazir boros pemborosan buang_anggaran sia-sia percuma ngapain gaguna unfaedah miris prihatin kasihan kasian
    malang nelangsa mengenaskan tragis menyedihkan memalukan malu malu-maluin aib bingung pusing mumet puyeng ribet
    rumit ruwet repot kacau berantakan amburadul semrawut kusut macet antre telat lapar laper haus ngantuk insomnia
    begadang panas gerah kotor bau lupa hilang ilang kehilangan ditinggal ditinggalin putus diputusin ditolak
    dighosting ghosting php diphpin friendzone jomblo ngenes nyesek sesek nyesekk sakitnya hate hated sad sadly bad
    worst worse sick tired angry annoying annoyed boring bored cry crying hurt hurts pain fail failed ugly lonely
    scared afraid sucks damn wtf toxic shame stupid alone miss_you disappointed stressed ngeri horor mengerikan
    menakutkan mencekam bahaya berbahaya ancam ancaman mengancam gawat darurat genting suram kelam blunder
    cacat_hukum cacat_logika oligarki dinasti nepotisme kkn dagang_sapi politik_uang serangan_fajar makar
    """
)

# Laughter in all its lengths.
_LAUGHTER = re.compile(r"(?:wk){2,}w?|(?:ha){2,}h?|(?:he){2,}h?|(?:hi){2,}h?|x+d+|lo+l|a?hak(?:hak)+")
_SHORTEST_ROOT = 4
_PREFIXES = (
    *("meng", "meny", "mem", "men", "me", "ng", "ny", "n", "di", "ter", "ber", "ke", "se", "peng", "pem", "pen", "pe"),
)
_SUFFIXES = ("kannya", "annya", "kan", "in", "an", "i", "nya", "lah", "kah", "ku", "mu", "banget")
# What a word that only derives from a listed one counts beside it.
_DERIVED = 0.7


def marks(word: str, listed: Collection[str]) -> float:
    """How far a word belongs to a list, from 0 to 1: itself, or an Indonesian form of a listed root."""
    if word in listed:
        return 1.0
    return _DERIVED if any(root in listed for root in _roots(word)) else 0.0


def laughs(word: str) -> bool:
    """Whether a word is nothing but laughter."""
    return _LAUGHTER.fullmatch(word) is not None


def _roots(word: str) -> set[str]:
    fronts = {word, *(word.removeprefix(prefix) for prefix in _PREFIXES)}
    roots = fronts | {front.removesuffix(suffix) for front in fronts for suffix in _SUFFIXES}
    return {root for root in roots if len(root) >= _SHORTEST_ROOT}
