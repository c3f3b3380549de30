"""Our own word lists: polarity, trouble, abuse, spelling and names. Written for this project, Apache-2.0.

They are features and masks of the model, not votes: training decides what each list weighs.
"""


def words(text: str) -> frozenset[str]:
    """The words of a list, however its lines are broken."""
    return frozenset(text.split())


POSITIVE = words(
    """
    bagus baik mantap mantul keren hebat enak lezat nikmat sedap gurih segar nyaman bersih rapi indah cantik ganteng
    elok menarik memuaskan puas suka senang gembira bahagia bangga cinta sayang kagum salut hormat terima_kasih
    syukur alhamdulillah ramah sopan sigap cepat kilat tepat murah hemat terjangkau gratis untung lancar mudah gampang
    praktis awet kuat kokoh tahan asli original amanah jujur terpercaya tepercaya profesional responsif membantu bantu
    solutif aman tenang tenteram damai sejuk adem asri luas lengkap canggih modern inovatif kreatif cerdas pintar
    berprestasi juara menang sukses berhasil maju berkembang meningkat unggul terbaik top juara rekomendasi
    rekomen direkomendasikan recommended wajib favorit andalan langganan idola lucu seru asyik asik menghibur
    menyenangkan menakjubkan memukau luar_biasa istimewa spesial sempurna ideal cocok pas sesuai berkualitas kualitas
    bermanfaat manfaat berguna berkah berkat mulia bijak adil dermawan peduli perhatian hangat romantis manis imut
    gemas gemes menggemaskan harum wangi empuk lembut renyah kriuk mewah elegan eksklusif strategis kece jos
    josss sip oke joss ciamik cakep bening jernih kencang stabil ngebut kenceng betah kangen rindu semangat
    optimis harapan setia dukung mendukung apresiasi selamat sehat sembuh pulih bangkit damai rukun kompak gokil
    juara worth tokcer manjur ampuh mujarab cespleng legit kenyal mengenyangkan kenyang terharu haru lega yakin
    percaya kondusif transparan teladan inspiratif menginspirasi bonus diskon hadiah asoy memikat terkesan berkesan
    mempesona memesona nendang maknyus nagih ketagihan juara_satu konsisten teliti cekatan tanggap rajin tulus ikhlas
    """
)
NEGATIVE = words(
    """
    jelek buruk parah payah bobrok ampas busuk jorok kotor bau kumuh jijik menjijikkan menjijikan kecewa mengecewakan
    kesal sebal marah murka geram emosi jengkel dongkol benci muak bosan jenuh sedih nangis menangis pilu kasihan
    miris prihatin ngeri takut cemas khawatir panik trauma stres depresi capek lelah pusing sakit mual muntah diare
    keracunan pahit hambar asin keras alot gosong mentah tengik basi kedaluwarsa kadaluarsa expired mahal boros rugi
    merugikan kerugian sia-sia percuma mubazir lambat lama lelet lemot telat terlambat ngaret molor antre macet susah
    sulit ribet rumit bingung membingungkan bohong berbohong dusta tipu penipu penipuan menipu ditipu tertipu curang
    licik korup korupsi maling pencuri mencuri koruptor suap palsu abal-abal kw bajakan rusak cacat hancur retak pecah
    bocor robek sobek copot patah penyok karatan kusam luntur pudar lecet mati padam gelap gagal salah error eror
    gangguan terganggu bermasalah masalah kendala putus hilang raib lenyap tertukar ketinggalan tertinggal kurang
    kekurangan minus cuek judes jutek kasar galak sombong angkuh sok arogan ngeselin menyebalkan nyebelin bikin_emosi
    menyesal nyesel kapok jera ogah malas males ancur zonk apes sial celaka bahaya berbahaya beracun racun ulat
    kecoa belatung lalat tikus rambut cacing jamuran berjamur lembek lengket pengap panas gerah berisik bising ribut
    rusuh ricuh kisruh kacau berantakan amburadul semrawut gagap bodoh tolol bego dungu goblok bebal idiot brengsek
    bangsat bajingan sialan kampret kurang_ajar keparat biadab bejat laknat zalim zolim kejam sadis jahat keji
    fitnah menghina hina hujat provokasi hoaks hoax ancam mengancam serang tuntut gugat boikot lapor laporkan
    pecat mundur gagal turun anjlok merosot bangkrut krisis pailit phk utang hutang pengangguran miskin melarat
    sengsara menderita derita korban tewas meninggal bencana banjir gempa longsor kebakaran kecelakaan tabrakan luka
    cedera kritis darurat wabah penyakit infeksi iritasi alergi gatal jerawatan breakout bruntusan benjol tersiksa
    disiksa aniaya pelecehan melecehkan diskriminasi intimidasi pungli pemerasan tekor nombok ditolak nolak menolak
    dibatalkan batal diblokir terblokir blokir dibekukan hangus terpotong kepotong disedot kesedot bengkak mencekik
    lebay norak kampungan cupu cemen lemah loyo lesu hoek enek eneg mengecilkan menyedihkan memalukan malu aib
    skandal bobol jebol dibobol diretas diretasnya lelet ngelag ngehang ngadat mogok lumpuh tumbang ambruk roboh
    """
)
# What goes wrong with goods and services.
TROUBLE = words(
    """
    rusak cacat pecah bocor mati padam error eror gangguan down lemot lelet lambat hilang raib telat terlambat nyasar
    gagal basi expired kedaluwarsa kadaluarsa berjamur jamuran ulat kecoa belatung rambut keracunan diare mual muntah
    tertipu penipuan ditipu palsu refund komplain keluhan kecewa mengecewakan zonk bermasalah kendala pending
    nyangkut tertahan terblokir diblokir terpotong kepotong dobel macet putus mahal tagihan bengkak boikot tarik
    ditarik kapok menyesal laporkan ylki klarifikasi ganti_rugi pengembalian crash lag ngelag bug logout force_close
    outage broken refund scam worst terrible awful delayed cancelled canceled useless rude
    """
)
# Abuse in Indonesian and English, enough to know it by; the everyday core, not a dictionary.
ABUSIVE = words(
    """
    anjing anjir anjrit asu babi monyet kunyuk bangsat bajingan brengsek kampret keparat jancok jancuk cok goblok
    goblog tolol bego bodoh dungu idiot bebal sinting gila edan kontol memek ngentot ngentod pepek perek lonte jablay
    pelacur sundal bencong banci tai taik tahi setan iblis dajjal laknat biadab bejat pantek puki pukimak kimak
    cebong kampret kadrun cina_bangsat kafir fuck fucking fucker motherfucker shit bullshit bitch asshole bastard cunt
    dick whore slut moron idiot stupid retard retarded faggot dumbass scum
    """
)

# Spelling of chat, to the form the other words are counted in.
_SPELLINGS = """
tidak: gak ga nggak enggak ngga engga kagak kaga gk ngak g tdk tidk tak ndak nda ndk ora gx kga
belum: blm blum blom belom
jangan: jgn jngan jangn jan
kurang: krg krang kureng
bukan: bkn bukn
banget: bgt bngt bgtt bngtt bingit bgd bangettt bener2 nget
sangat: sgt sngt
juga: jg jga jugaa
yang: yg yng
dengan: dgn dg dngn
untuk: utk untk
karena: krn karna krna
kalau: klo kalo klw kl
sudah: sdh udh udah dah uda sudh
tapi: tp tpi
sama: sm sma ama
dari: dr dri
bagus: bgs bagu baguss bgus bagoes
jelek: jlk jelekk
mantap: mntp mantab mantep mntap mantul
cepat: cpt cepet cpet
lama: lma lamaa
lambat: lmbt lambt lemooot
lemot: lelet lola lalod
barang: brg brng
kecewa: kcwa kcewa kecew
terima kasih: mksh mksih makasih makasi trims thx thanks tks tq thankyou trmksh trimakasih terimakasih tengkyu
recommended: rekomended recomended rekomend recommend recomend rekomen
error: eror err erorr
hoaks: hoax
kedaluwarsa: kadaluarsa kadaluwarsa expired expire exp kedaluarsa
hancur: ancur
parah: parahhh prh parh
pakai: pake pk make
bisa: bs bsa
bagaimana: gmn gimana gmna gmana
kenapa: knp knapa napa ngapa
orang: org orng
harus: hrs hrus
lagi: lg lgi lagii
bikin: bkin bkn2 bikn
tolong: tlg tlong tolongg
goblok: gblk goblog gblok goblk
anjing: anjg anj ajg anjeng anying anjim njing
bangsat: bgst bangsad bngst
kontol: kntl kontl
tolol: tll tolo
saya: sy sya gw gue gua aku ak
kamu: lu lo loe elu elo
internet: inet internetnya
wifi: wi-fi wifinya
aplikasi: app apps aplikasinya apk apl
cs: csnya
menyesal: nyesel nyesal
sakit: cakit
cool: col
terus: mlu mulu trs trus
sekarang: skrg skrng skg
datang: dtg
balas: bls bles blas
padahal: pdhl pdhal
memang: emg emang mmg
banyak: bnyk byk bnyak
jadi: jd jdi
saja: aja aj ae doang doank
tukar: tuker
senang: seneng sneng
benar: bener bnr bnar
malas: males
"""
SPELLINGS = {
    slang: formal
    for formal, slangs in (line.split(":") for line in _SPELLINGS.strip().splitlines())
    for slang in slangs.split()
}

# People, parties and brands that the training texts speak of much: their name must not decide a reading.
NAMES = words(
    """
    user username url rt
    jokowi joko widodo jkw prabowo subianto gibran ganjar pranowo anies baswedan ahok basuki sandi sandiaga uno mahfud
    megawati sby yudhoyono agus ahy kamil ridwan emil ma'ruf amin novanto setya puan maharani luhut risma djarot
    sylviana rizieq fahri hamzah fadli zon gatot zulkifli hasan airlangga bahlil
    pdip pdi gerindra golkar nasdem pkb pks demokrat hanura psi perindo pan ppp fpi
    trump obama clinton biden putin hillary
    telkomsel indosat xl axis smartfren telkom indihome biznet myrepublic iconnet firstmedia simpati halo
    gojek grab gofood grabfood gopay ovo dana linkaja shopee tokopedia bukalapak lazada blibli jd.id traveloka tiket
    bca bri bni mandiri btn cimb niaga danamon permata bsi jenius jago seabank
    pln pertamina pdam bpjs kai garuda lion lionair citilink airasia batik sriwijaya
    jne jnt sicepat anteraja ninja tiki pos wahana
    indomaret alfamart kfc mcd mcdonald mcdonalds starbucks aqua danone unilever nestle indofood indomie wardah
    honda toyota avanza xenia innova yamaha suzuki daihatsu mitsubishi pajero fortuner jazz mobilio ertiga brio
    samsung xiaomi oppo vivo realme apple iphone nokia asus acer lenovo
    united delta southwest jetblue emirates qatar etihad biman novoair
    bandung jakarta surabaya bali yogyakarta jogja medan lombok palu makassar semarang
    facebook twitter instagram youtube tiktok whatsapp google spotify netflix
    """
)
