"""The 5,000 most frequent Indonesian words: a brand that is one of them needs more than the bare word.

Most frequent first. Names of brands, persons and places and plain English words are left out.

Source: counted by us over the Indonesian training texts (30,000 reviews, tweets and news sentences; 490,000 words) of
SmSA and CASA (IndoNLU), NusaX and IndoLEM, CC BY-SA 4.0, and PRDECT-ID, CC BY 4.0. A word count reproduces no text.
"""

_RANKED = """
nya yang dan di tidak saya dengan ini enak untuk ada tempat makanan juga makan ke sangat harga dari bisa banget tapi
sini karena banyak sudah menu cukup kalau bagus itu saja jadi kurang nyaman rasa yg buat restoran sama kamar sekali
kami lagi barang lebih sesuai rasanya baik pelayanan malam seperti ya sampai orang hanya suasana jalan kita adalah
suka mau cepat datang hari ayam goreng atau satu lumayan pas mahal nasi saat masih teman pemandangan agak biasa lama
ga cocok beli sih baru dalam harus ramah lain anak pun pesan terlalu lokasi memang kota pada keluarga pilihan semua
murah air kali salah cuma resto akan selalu gak oke dapat jam mantap bersih besar tetapi aku luar kecewa pakai porsi
apa anda benar waktu steak deh paling jangan kecil rumah pengiriman namun dulu minuman beberapa sunda khas tahu
ternyata masuk kafe setelah mandi bersama masakan kasih dingin produk mi terjangkau begitu oleh pernah kotor bikin
kualitas hotel atas bukan coba ramai mobil jika siang terima luas sana bakar ingin pasti favorit membuat jauh seller
ac menikmati bakso pesanan panas bau langsung sehingga pertama tahun menurut sayang daging sedikit sekarang sambal
mereka mungkin terus padahal dekat selain belum ketika tak memesan tdk menjadi aja unik dia mencoba pedas foto rusak
kok aman macam toko sendiri ikan bagi dikirim dicoba malah duduk tp parkir kopi kamu apalagi perlu lainnya pergi tetap
melihat segar rekomendasi tersedia berada mengecewakan meja mudah disajikan mana indah pelayan standar respon sering
sate berfungsi lantai sejuk pak warna lalu udah rapi berbagai bumbu secara setiap lengkap mulai menunggu terletak
sebagai ku manis udara punya pilih menarik minta ribu order keren gue barat sambil tanpa romantis lampu pengunjung
puas nongkrong awal terasa strategis minum nama bahan sekitar daun dipakai semoga es memuaskan jelek serta paket
akhirnya ukuran memilih area penuh beragam buka kampung susah sedang daerah penjual kayak barangnya depan walaupun
pagi hati marah ditambah saung merupakan nih warung lezat mati tv mampir kembali memiliki tengah kirim beda kuah
minggu kantor terkenal berkunjung kan zaman presiden kalian bgt partai dua konsep sore kata sebelum pake terutama si
bagian roti kalo lupa sekolah kenapa jelas menyenangkan belanja proses menginap pizza soal teh rata sejak kue cari
nikmat kemarin jg ruangan tolong ok kuliner pasangan mencari disini jenis top lah baju senang sarapan biar suara
terbaik menyediakan hampir menyesal terlihat dgn isi dah pokok bubur bayar lidah habis enggak tipis deskripsi mal
menggunakan sy hingga terdapat semuanya naik para gurih fasilitas tepat desain cantik cinta keju kamarnya berbeda
makin tiba menyajikan asli ala babi empuk bawa kebersihan asin wajib maka bulan bahkan macet gambar rakyat mie
interior boleh masalah biasanya rp keseluruhan masa parah cabang direkomendasikan ditawarkan tinggi saus hidangan
sebenarnya bilang maupun hangat hitam ringan tamu kerja selera hal agama kaki disediakan bosan santai kondisi otak lo
islam alam bawah asik main kadang tradisional akhir super putih sempit sepertinya kambing umum buruk juara diterima
pusat letak relatif muda gk musik kepiting bakal siap variasi dikasih termasuk ganti agar cek aneka keluar utk cara
piring udang bebek uang bervariasi bagaimana sampe mohon maaf istimewa plus kursi bahannya dong per bakmi mahasiswa
menuju lihat pulang sapi snack jd sdh yaitu original bila negara tinggal kau spesial tidur dr utama acara cina pasta
meskipun daripada pintu bapak mengunjungi dahulu ulang kebetulan mesin gitu walau gampang selama mata lembut handuk
krn sulit toilet live sop komplain irit tenang bareng sayur pilkada kalah tua hujan sungguh merasa hidup chicken pula
berat menit sampah pelanggan kantong dasar adem liburan begini bahwa gratis layak khusus tiap lewat gurame jual nanti
tersebut sempat bambu sprei merah layanan tambahan diri pisang ibu kebanyakan panjang semakin motor selamat bekas
doang harganya hasil gua anjing payah sebelumnya sukses antara balik kepada tunggu variatif kuat sebelah penyajian
padang wisata bintang lanjutan eh berasa udh lg ketagihan kosong mendapatkan gara kolam wangi belakang hijau jus tebal
dibanding digunakan kedua thanks bantal diberikan mending liwet kumpul dll menambah keras aneh pinggir cita diganti
staf memberikan terimakasih kartu bingung lu politik membawa mbak ruang bangunan hehe tempatnya pelayanannya jatuh
coklat asri via lucu plastik buku kayu bocor iga ambil awet pengalaman bermain arah iya penasaran gila mah perut
perjalanan rapih terakhir kacang dibilang buah taman sederhana minimal sekeluarga kemudian cuman chat tea tanggal
pasar alasan dpt pekan promo mas kenyang dipesan betah kaya klo asal dikunjungi krim box berkumpul tutup dibawa nggak
kesal jawab sebuah warga sebaiknya daftar ramen telah asyik gubernur masak diperbaiki untung ataupun antre siapa
menawarkan lambat kulit nyala syahrini membeli kedai lapar butuh menemukan cepet usah bersantai suami pribadi diskon
karna ngga servis model buntut telur meski gede penting selimut pangsit apabila setengah dusun dibuat amat berisik
sepi nomor shower pecah non menteri sinyal berubah pihak pokoknya check makasih dimakan dibandingkan loh film hot
kendaraan siomay sengaja istri sebanding kangkung jujur seorang dpr masing dijangkau pesen berdua penutup dijual
pemerintah bs berkualitas parkiran dijamin turun tau penggemar entah dijadikan varian tadi rica sedap nuansa sajian
nilai kesan bersahabat hilang menjual rokok online lagu membantu kering akses sakit pembeli kuning beef nyamuk video
ketua sushi lauk sehat selesai alhamdulillah lokal posisi polisi wow kurir warnanya baca pindah saran kelas tambah
rugi menang allah kena takut mu patut ditingkatkan kak supaya nyobain bener sekadar halal sabar andalan say cm patah
dapet dipake dg jarang sawah bu gedung kawasan bank gelas ngobrol bengkel segala gini asam sambel kunjungan dekorasi
tim seharusnya info tempe terkesan free mandinya terbuka malang bersantap reservasi situ percaya pecinta sup cacat
level langganan raya sempurna keadaan merokok segi lancar gan recomended ikut kentang sayuran mirip hehehe manusia
mewah mulut cenderung tentunya gagal pohon penyok pikir kotak lalapan alat cemilan kangen biru ongkir admin kardus
kuliah potongan gelap dunia pantas tenderloin kepala suki dikit tujuan aroma tiket karyawan gaya sedih masyarakat
telepon melakukan calon biaya tangan terang burger goblok muslim kasur makanannya pengirimannya alas ditemukan beliau
campur susu apakah digoreng menyukai jajanan dibuka kemasan kapok pembelian katanya rekan ribet lesehan mendukung soto
anggota alami diberi responsif sari pulsa trans kiri melalui berupa kalinya janji bohong basah dibersihkan lemah
ekspektasi jgn raffi jaringan sok negeri demi hemat pemimpin segera bentuk kecap bangsa tempo saji sungai sabtu saos
petugas umat tanya ahmad tol penjualnya packingnya meriah malu terjun berani merasakan jualan libur terbatas hutan
malas burung wah kencang kira alias jalanan menjadikan disarankan handphone normal kampus memberi tugas cabe dinikmati
pacar kaca stasiun muka gimana samping wc terjadi seru kental pertemuan dipilih melayani lima mendapat danau buang
bungkus km kanan dlm blm nonton sehari tentang tergolong kapan timbel yamin mengobrol cream internet alternatif dicari
angin bertahan rambut sofa jumlah mempunyai halaman staff njungi lotek akal modern sedangkan potong memakai ah segitu
diperhatikan cuci sobek official cumi mengenyangkan terlebih hancur bangga sumpah lho oh berharap ujung resmi nyesel
fitur puasa berjalan jamur ayo mencicipi jeruk ulasan meminta dukung harapan renang ditanya permai tgl penginapan
menjelang berlokasi seberang kader sistem menghabiskan cuaca nah menengah meresap tentu bukit api buatan konfirmasi
halus yaa panasnya belajar kekurangan sensasi media merayakan bekerja merek tiga bebas dessert rupiah mesti haha
bawang nasional lgbt sejenis plaza game kabel airnya thank kmr sisi pilgub nkri maju bertemu transaksi aplikasi minyak
antrean seluruh dana dibungkus kaleng jorok store emang ny trus dateng produknya brg rm mengambil laugh perbaiki tuhan
permainan sepadan kamera tolol kebun spot susi pemesanan ribuan peralatan sebagian padat heran yah terdiri jendela
berdebu kasir lepas bantu berkesan menyegarkan rebus bicara jarak konsumen kenyamanan timur berbau court padma kawan
sopan pakar pukul selebihnya duit setimpal serasa okelah antar pendukung ragam yakin tarik jawaban disuruh renyah
sesat lift simpang dilakukan murahan kakak klasik salad wanita perlengkapan tingkatkan perempuan teliti garansi tetep
mantab terhadap kasus hawa tepung hang kuota berapa mantan ragu korupsi listrik tukang rumahan garing bisnis hukum
batu indoor tingkat rapat tahan perbaikan terawat next harusnya pic uda penataan hai green sapu juragan bodoh gang
bahasa layar yamien melewati setya sekalian besok mandiri sabun aduh lilin pengen senin kini telor badan maksimal
sayangnya bahagia terbilang beri hahaha berkali ciri risma abu istana utara ditemani suis kasihan gerai dihidangkan
botol rempah berlama pepes kucing bunga tas sarung bonus dicek kokoh lbh bed sirloin double disambut silakan asia asem
butcher diajak standard setuju tanah cemburu panggang menyantap kocok dilihat martabak karedok betul inilah durian
sebab liat kualitasnya pegawai lingkungan olahan melelahkan justru sekelas outlet matang nunggu pedesaan solusi ni
ingat restaurant semangat desa menjaga juta remang kristen komplit bangsat rekomendasikan diproses kecoa gw wifinya sm
dilengkapi music stabil pribumi menggugah hebat dompet musim tampilan tulang sahabat menonton citarasa menerima
pemilik dus memutuskan hadiah new dtg hotelnya pdhl jahitannya rombongan voucher berarti cerita merdeka seni dimasak
jaga niat makana terong dikarenakan prasmanan tangga galau karapitan sepatu nak anti resepsionis hasilnya ori jahitan
ulama cheese ri cah berwarna lontong bukti kacau beraneka lumayanlah tulisan pondok dapatkan gunung tanggung berdiri
wine water seminggu wakil pancake kelihatan pengap profesional bermacam kaget percuma kertas lelah perawatan noda
awalnya bukunya telat terenak bertanya lidi tersendiri kalangan id sementara kaldu sejauh rawit rada busuk berita
mendoan ajak wajar amanah membayar contoh shabu kelebihan bang mengikuti dimsum bayi dibeli keramaian rujak bahaya
poin la orderan korban pengemasan ad tombol soalnya tokonya nyampe unboxing diminta java perumahan camilan pencitraan
tema setia jasa cobalah tertentu dikatakan sigap dibakar bip kasar tekstur mampu bermasalah kereta kongkow amp asap
saudara informasi keputusan baso istirahat kerupuk dinding menghadap karya pasang mulus tertarik mengantre daya
menyempatkan tong harap kunci bunyi saluran pcs yummy abang babat sadar sepanjang menemani benci seharian status
persis berfoto era karet kebaikan topping rendah mengenai cahaya koneksi bangku usaha fungsi rendang pembayaran lapor
ketinggian mainan riri lembab permintaan bolong menyala gado sibuk sport laki semacam set apapun lengket sombong
cuanki suruh legendaris minus miskin lounge jengkol klaim pegunungan potato protes sms lakukan pria view binatang
teras mineral terbayar berkah mangkok mengerjakan masker suatu merk sma musala bad jalur campuran pepohonan bensin
terpaksa memasuki selanjutnya mini sewaktu ormas dicampur tipe brownies cc konser breakfast sisa robek tenaga keset cs
apek gabisa ukurannya hrs iri ikutan nikmati tes maling berantakan chocolate mushroom alamat paham juice spaghetti
komplet itulah abis spt van pilpres hambar manual sekaligus jagung kado rekomen tuh isinya jadinya tpi kredit sarankan
becus melulu bertanggung amis kompleks sosial standart muat dapur om baterai bodo dalem senyum kenyal instan ampun
mangga saking singapore kafir versi pemerintahan kemana jempol semut laptop jaman dipasang charge licin rush size
lampunya thx retur perhatian satunya special iklan sikap memanjakan kecuali mengajak merekomendasikan biadab diragukan
sosis lemari data penyuka kapal disebut mari membenci kesalahan khawatir bus kesukaan kulkas kikil akun dosen rela
sekian kecepatan raja mengalir kenal berbelanja pro arti bos tolak gigi handuknya dikamar product sellernya pt resi
nyata demiz mengatakan zon tuna salut pajak isu menggoda terjaga baiknya sepuas jumat tampak foodcourt ditutup
tenggelamkan mikir halo giliran lemon grup teriak wilayah rice kemari palsu copot kelompok nusantara catatan berbentuk
kebagian debu itb jenuh bersaing minim aa full kinerja kerjaan boros msh suaranya remote cpt puluhan kabar berlebihan
pengecut urusan keindahan cafe ikhlas lomie pasir diambil bunuh langkah tergantung aliran kiosk sudut menyebalkan
lembah seenak saling nampak jernih seneng semalam tom disayangkan premium guna segel sarang simpel gunakan pesta iblis
solo koalisi sebentar bangun banjir lebar pemakaian gatal males arb byk nginap positif terminal sajikan chinese pandan
kari ktp dikembalikan mengapa suasa sale umur medium genggam berisi serius capek yuk sebetulnya milih apik musnahkan
sesuatu surabi pacaran kendala poko kekinian serba stok penat terkait perahu gula tukar sum bola pura kelengkapan
salam pendek power celana kusam lecet bandel lemot adanya namanya acnya skrg nagita org untukmu trs tebel kl pd bir
datanglah sebut garang hut dilayani kerasa asing tadinya restauran sangatlah doyan repot putus bar madu nge irisan
lawan demokrasi singgah colokan pembuka seng cordon menyerap kelaparan lubang biji note berhenti januari fitnah kremes
mengingat dewasa pink otomatis stop mengganggu markotop kenceng keamanan lem lari ketemu body error mic modelnya
memasak petunjuk gus keliling tersembunyi bihun tawar email pengguna bergaya surga kaum galeri bakalan bule course gas
walk berikan periode diam bolak ban minimalis lebaran oncom terlambat ketiga terkadang berkelas adik politikus urat
usus giggle latte sd kesempatan gazebo dengar membaca perkedel sembari kenyataan milik berminyak alhasil terbaru ide
rencana berhasil konsumsi cobain hindu sebulan program jaya beres otentik total tsb besi sekedar grand cover beat
tarikan slavina tu seprei ready tomat pemain ngomong black basi cebong pembangunan dibantu kubu rindu serabi flash
pelajar kg diisi aksi renovasi demikian kehabisan perpaduan elegan bubarkan indonesian triliun bancakan bernuansa muak
sesak didukung kreatif kepemimpinan mengeluarkan ui tebing pekerjaan bumi bangkit kedap nangis munafik tumis serentak
belok mental kombinasi klik terdengar semi dikenal patung wisatawan efek bek terbukti gb kesehatan penampilan katakan
segini seseorang setan mak wastafel keliatan hainan sprti connect lincah hr cat paketnya kedepannya tks desainnya
muncul pelit tercinta arisan penyet mengalami coffee kelapa beserta berangkat tawarkan mengirim pastikan balkon
selatan ekor asalan membosankan seadanya angkot gulai berlibur perasaan motif dicapai ekonomi temen beruntung
pernikahan mengganti rindang se lalat berguna ceker desember mei ajaran tercium betutu bajingan mantep membuka terbuat
santap art nenek berhubung kipas news ka ruko dim lt tissue tepi cincang keterangan kala mendengar mengaku ganteng
nomer pertanyaan sendok perhatikan respons dijawab ijo photo detail ekspedisi malem kaos happy li baunya rooms jdi sya
sehabis studio momen dirut mengerti sudirman bantuan membela vs penumpang agung sara perempatan spicy aktivitas
menguras sebesar pop bakut mencapai lawang tarif peduli darah della perjuangan melepas hits charger laku bacot
komentar berbagi barbeque kelakuan congo pedagang tertata demo tertulis ekonomis asian diantar pintar penjelasan
deposit update rame puyuh kumuh deras obat dikirimkan stick sikat kotoran deal mampet rekomended ama lgsg refund bbrp
positive aktif sandi hobi men natural smoking jiwa shop juni jijik tipu kece paketan terhormat kampanye meter house
ketinggalan sadis ditemui memanggil hmm tokoh juicy menurun masjid maklum manajemen fokus ngemil penerangan konsisten
bolehlah wagyu menawan tersebar bermanfaat makanya iseng prima pimpinan bernama menghilangkan menanyakan cost ketempat
tanggap thai bandara keringat cekatan guling cupu empal suku net jaket sinilah kol bernostalgia berikut siaran
kekuasaan lada kwetiau dukungan didapat festival dicuci disantap matahari lumpia dipenuhi direspon bodi bersihkan mulu
kamis estimasi sempet belom beneran kayaknya heater bercak wanginya kurirnya adminnya menerawang dipadu duh hubungan
berkonsep ribut emosi keunikan pancasila nyanyi gorengan unggul kw agustus menyatu pinter seger jodoh said perubahan
ronde kisaran open koruptor kejutan datangi nga banding bela atmosfir usung kemahalan diiringi cancel square space
mafia pikiran jumbo menanjak layaknya gerbang waitress kebon al kebutuhan bistro tanda lengko teduh wi fi mengisi
apple amin kamulah paru dining tersaji cape kriuk sang keburu wib pulau kesekian mengetahui bak ia redup sekalipun
fakta bakmie keunggulan tiada praktis ketum signal bukanlah sendirian hejo walikota ngapain dibayar budget kebijakan
memadai duluan tiram bising penikmat internasional menghina haram dirumah memakan komunikatif trip putri panggil kagak
wa buru menyengat gaada batal sameday test kebersihannya usb disana showernya selimutnya pdhal ngak responnya slow
buble jadilah lemak menempel lapangan oknum empat mencuri bravo red menakjubkan pejabat sea negatif stand kaliki
setara cokelat turis raos tembok tewas pos milkshake biarkan meninggalkan mentega alot kuno memenuhi rawon koar terasi
seakan cendol laut tertutup maksud selfie hak perayaan berpikir sejarah maknyus ditolak berulang de hmmm tanggapan
nostalgia tata center yam diatas suhu gepuk supermarket terpisah toleransi lapak berusaha ustad rs bbq siapapun
menjelaskan rupanya gangguan dianjurkan impor cagub pengembalian prestasi politisi bupati bertambah rute miliar band
fine komunikasi lukisan baked kwalitas balas malahan antik jajan refill wajah ampe perbelanjaan drive gaji roll haji
parit dibiarkan sewa jok mengalahkan mayoritas kegiatan dimana mengurus difoto jadwal kejadian sporty toiletnya
sarapannya nginep chanel br lantainya kain mantul uu berbuka teringat kedatangan memetik kapasitas terbayarkan
kampungan petik capcay kang talaga bawal undang jembatan sekeliling angka gemericik home perbedaan cake dipercaya
didapatkan rezim pakaian long cucu mengusung bolu hatta bersatu rasakan factory dekor langit ditangkap lobby hyper
orange hadir seolah perusahaan ketahuan ampela carbonara brand dijaga sebanyak sediakan gule bin shake diusung diah
dimalam hendak terbesar seharga rupa sejenak pauk kejaksaan generasi milk gejrot pc homo nantinya proyek jabatan imam
tebu kematangan cerdas enaklah disiapkan penakut membutuhkan inginkan okay ayah pengin madtari temukan sersan
pajajaran kasi zupa tanjakan ribs anggap pemilih ornamen kenangan eye juli lorong tagihan juanda kesini obor laba
kabur persen gada seporsi tuk diantara tenda nambah tanaman tajam kepastian ngirim yes beban xi ps market penjaga kaku
repeat kek day smua itupun pelayannya takdirku far kekurangannya kasurnya dikunci request smoga bnyk diluar bangett
trims sblm baut dikirimnya retak gercep paking bersyukur hahahaha bervariatif wings betawi memimpin putar tangkap
kerang rekreasi judul polos real villa pendamping bersebelahan manfaat september mengurangi akibat mix menyarankan atm
harum informatif menolak balita car suci cipaganti berwisata latar citra coffe miring luxury mega tusuk pelaku gelar
mengingatkan pengganti alergi garam hewan swike rahasia kepedasan kacamata waffle bawaan ria jadikan merusak gudeg toh
habiskan rangka design diinginkan bandrek yakni off disuguhkan wedding butter panggung sapo menunjukkan drama internal
muhammad keluhan woi populer garpu dadak hiburan lelet legenda mengundang hotplate cewek buta fish kantin nabi kos
dela dikenakan furniture terdekat pa pantai perbukitan jadul damai koleksi jagoan mc dipanggil kontak mama ajukan
selasa terburuk sorry silahkan smp packingan respond kesel dn instant mantapp cas suspensi kabin deket gx seprai smpe
ngasih gambarnya remot bantalnya gantungan kyk bukannya kirain betapa ditambahkan rem ade tips budaya presentasi
pinggiran obrolan penjualan diakses quick disuguhi penilaian dataran alunan crispy dianggap menambahkan sekitaran
mempertahankan ketawa menyerang eror weekend appetizer misalnya hiasan gesit gosong peristiwa kerlip perang
mengesankan lanjut cashback dedi maret kelezatan jari sunset jazz sopir inti uduk subuh mengadakan reuni pertahankan
rentang berkurang ati japanese menyiapkan lalap peda ratusan waroeng balok kolonial titik pesawat nothing kembang
nyari penerbangan punggung tulis diperiksa mengenal spesifikasi telpon ahy chef gps nyonya berbohong restorant hadori
sia pahit sepeda wedang jahat lahan tubuh bulat pasal natal ledeng melainkan capres cie overpriced plate hm dech
situasi fraksi tunjuk komunis diwaspadai sandwich kusut tali ancur blok resep way birthday siapkan temaram mengantar
mundur april kepentingan pujasera asuransi terisi balon pelajaran siswa domba utang ultah kecelakaan kerusakan tampil
terpakai stik penipu utuh rabu costumer kupat kiriman cakep jutek ranjang booking batre material teksturnya ruangannya
dipuji mgkn engga min alasannya pengharum krna bg knp sampainya qc build dimiliki lychee authentic kah alun kemenangan
urus komisi deluxe wong trotoar berasal angkutan cabai berdekatan monyet pecat temui salat gerimis security penjilat
bergabung memandang aglio banana nachos memastikan logika periksa kitchen bone mentah extra alpukat bubar pilihlah
tunggal classic disukai wahid bung tanyakan oli tutug usulan udon sela mudahan lunak kagum batik lembaga curiga negri
fo mendekati kampret kemacetan encer disimpan peranakan favourite enek santapan melimpah ditata lega membangun dadakan
kesulitan komik buddha medsos seberapa mampus vegetarian menampung awas sodara telp tahi lahap standarlah sidang judes
dibalas tertera pemberitahuan lahir adil cukuplah bocah penyewa pertandingan gajah serayu anniversary dilarang
kehilangan memalukan terbang menjawab logo dpd recomend dinas toast duper menyebabkan bersabar kontrak sales dibikin
bening rekening tertipu sekilas dikomplain see citylink nelayan mungil pusing netral aki kehidupan televisi imlek
cerah selagi tikus sialan idiot woy junction amit kudu bepergian dikira ialah didesain parpol tumpah kecoak tulus crab
nasib pengawet jutaan beras puntung tangguh le gold disiram ditengah sholat kerak digambar doank mendingan didalam
rutin termurah sparepart purnajual gt gorengnya makannya suasananya dalamnya aslinya krg besoknya jga je receptionist
gpp mlm ttp dri gmn keran bgs cmn bangettt kardusnya ekspetasi kresek plastiknya berbahan lurus pasukan kakek ipul
karakter ngumpul enakan kakap wali mengandung auto count relax hiruk pikuk bermutu legit grill homy seumur payung
seram sanggup semenjak dipajang saldo kebahagiaan kukus soekarno atap shuttle sel ungkep dipimpin private desert
pelayana diharapkan diolah nanas pembohong pengaturan puri cakue ajar aturan lasagna dipanaskan provider kocek
keinginan rak ditunggu ikuti ucapan pricey wahana reasonable olah kenikmatan terbakar jaksa dibangun beer dipadukan
berkisar jeroan pete rose exp memudahkan ring disesuaikan king usai terganggu okonomiyaki isian tempati ilmu blue lap
pork transportasi konflik bongkar bersamaan penjahat jahe welcome card radikal sukai garden promosi dipertahankan
cawagub pemilu wahai ramadhan disertai direnovasi jelang pencuri zaadit transparan bioskop luntur po aci opsi
menyambut gubuk pencinta kode dihitung universitas gabung joko keripik vintage pencahayaan krispi brebes teri berenang
nafsu ta bersiap kelamaan persiapan katsu ditanggapi memerlukan bulu bro senyuman sebagus alangkah warteg diet cabul
personal bibir hitung turut kran volume kuis menonjol tangkuban mutu pisau terlupakan mahmud membersihkan survei
ditulis tersenyum akui enjoy light kafetaria tetangga padi membalas baret gaduh euy unit buyer poros liter da
kompetitor dng katun dikendarai drpd datangnya led assadiqulhaq bkn sperti setting makasi ksh klu ndak ujungnya dlu
tvnya baguss chek sebenernya bngt kirimnya ditoko pesannya kainnya negative charging analog spagheti sifat enggan yani
sereh menyuguhkan playground banteng games singkong buni seringkali ibadah cha omongan terpencil tren buffet memaksa
penipuan menentukan kolega boedjangan kebakaran dominan antrian kesimpulan sesudah fried publik eksis mm sesama anis
dipecat hamil kemungkinan suguhan meleleh cowok stres alay lebay syariah bendera terjebak date samcan zuppa bermerek
menyangka keok tersisa dihargai mahkamah ketimbang bistik teknologi burgundy vip rajam infrastruktur yum moment golden
ekstra tembak dadar simple elektronik fantastis paduan pie disebelah big perusak bratwurst jambal bale kepuasan
dikelilingi kebencian menyatakan puncak mengajarkan kedip bakpao laten antek dibagian berkuah yun brengsek cincau
jongos rimbun beristirahat berkesempatan pagar goyang kolak barista dimulai tempuh colenak atmosphere merugikan
bercanda lapang kerapu meat terjal anggaran provinsi hindari aparat wortel gaul queen viralkan sampaikan jago pepper
tisu sebaliknya terjamin kedepan kawin kios setahu pernyataan ditukar vanilla penduduk menipu sandal keponakan terkena
slalu terpercaya komputer objek kutu bambang duren bergerak bandingkan sudahlah make abal tambahkan waras nan
dipastikan wagub mbps eksterior puding apaan pernik ganjar parfum sis beasiswa performa menempati disekitar minimum
bangetlah sedikitpun spring hubungi guru laporan racikan gerah menulis informasikan excellent registrasi lupakan babu
balasan lapis omong dimasukkan pencuci tertinggi oil berkuasa setahun fisik rontok dengki oktober remaja sip harian mb
berkata ngerti menutup doa penggunaan dugaan battery dipisah pajangan luarbiasa bet benda helm didepan risiko pewangi
sampek taksi dikemas tq expired closet ma trimakasih ninggalin stylish ringkih part nanya menunya lokasinya dagingnya
anaknya ko jl pke bajunya mksh honoris sj yaaa ngk lgi tlg kloset pesing fotonya kaga tabung kebuka celananya tripod
pabrik maluin menjatuhkan travel fox lamban tiongkok seragam pidato ubi hongkong kaltim pendapat rutinitas mode
diperlukan dimainkan menerus dikeluarkan beralaskan cuek djarot engkau berbicara menghargai terusan internetan
olahraga menyebut korup olio hihi aisyah server menyusahkan kabupaten avocado arsitektur revisi tembus transfer berdoa
cup gelato dinyalakan usia message tinggalkan sudi produksi kerabat aloi belah bangkrut port pameran pendidikan bowl
biarpun didatangi usir menghindari paslon menangkan pariwisata banda pastry diarahkan mengedepankan mango mendengarkan
caramel sempatkan familiar dikasi matte tenggelam dibayangkan jengkel atmosfer bec kemampuan cetek menghadapi pempek
okok cibiuk homey putuskan menghancurkan delay ketenangan panggilan pelacur french fries menghangatkan mendatangi
semilir ratu preman gentong bala venue mencatat berempat baby kekuatan berencana barisan pojok mengobati adit penyakit
oposisi kandang low artistik angkat insya giri dsb merapi ukur debat balado amburadul melebihi unpad rasis msg sumsum
kencur antri kitab saksi keep takoyaki perokok curam kupon slogan lembek pick mantaap ebi tunai gadget cobek diatur
kopitiam penanganan got clean keramahan ayat santun ongkos dibawah bakwan koki nyaris sejumlah jemput dibutuhkan pedes
front keuangan isteri banci kost nol ter call guest tauge madame bertahun ditampilkan pin tikungan mengembalikan
wkwkwk kekasih meyakinkan deretan wapres batas mo bakery dendam emak ngotot privasi sembarangan khofifah dinilai
kepake kembalikan label plat elektabilitas pengelola setidaknya kelemahan februari sesuailah akbar bidang efisien
berjam menganggap care gm tek musuh dibuang cangkir kabinet ciganea mukena rekam rajin pembatalan hajar display
lapisan pulen bao claim murid sahur return dipacking wkwk klip inden dealer safety knock ane posisinya pemandangannya
enaknya iklannya fasilitasnya caranya spreinya hangatnya bnyak emg btw snacknya charles nempel resepsionisnya stay
tahukah maen berikutnya petugasnya disaat hrg bgus komplen gamau trima kakinya shg skali artinya shampoo pack
sambungan bsa moga fix donk bungkusnya kekecilan potongannya tutupnya dichat lakban hadiahnya mur gagang karetnya grey
aplikator lewatkan grilled bumn others zoom banten perfect keadilan mesum andalkan berputar menuduh bodas macem acar
artis dipo dijelaskan bites panik belakangan bajigur menimbulkan khilafah pekat polling penista bento oon sri
pecundang terharu referensi pembakaran flat elegant counter dihangatkan menahan lumer jack tertangkap kapolri hening
pola inspirasi afternoon sundanese segelas bima traditional berniat garis blackpepper ular waduh duet higienis
masukkan pieces monas makananan souvenir kodok kategori numpang vila greentea apel kebayang keuntungan shopping
melupakan panduan etc calais kenaikan halte cubit paha diiris seputar menghubungi mesjid hutang lutung pelengkap samad
efektif nampaknya tai rezeki sudrajat ganggu kornet akustik resort cakap semur layout pengkolan berlangganan pantat
maxi berbahaya dur sampan serupa ditaburi pengikut mengucapkan mendadak dipegang dokter suasanan pad rumput panglima
money cemas gurami netizen cair dahsyat wasit sausage dish perkebunan beragama bis gereja mimpi muntah bercengkrama
krupuk play international serasi terbanyak merespon syarat badai berpengaruh astaga petani menyampaikan ego dibelakang
fav suram destinasi cocoklah onta sponsor kesabaran mumpuni sinar sejam apresiasi album selai kumpulan sumber tkp
cawapres teroris semangkuk jomblo baku menghibur lembar konon janjian flower karo menghadirkan gerobak berbincang
abdul mengendarai bangkai ikon sesaat dipotong mentok moral belokan perabotan representatif curry timun mandarin
dahaga wadah kepercayaan american chiken barusan tindakan teriyaki berkeliling bayam paksa advisor dibumbui seimbang
industri selangit plang tolonglah shin zonk ingatkan dilewatkan ahokers kompetitif office apbd ex pemuda lintas
berburu outdoor ember opini selamanya didominasi waspada menenangkan gempol terlanjur kerjasama tegas ih ungu job
shock nyepi sharing terdaftar sepoi kritik met diduga dihiasi papa menyadari dites mentri laris piala bengkok berkilah
jilbab dijanjikan ngaco diandalkan dini road sesekali butiran diskusi pudar pegangan penukaran express menjamur
penjara upgrade stock adaptor berkarat casing benang style melekat tiramisu rewel ubah apalah kit keterlaluan dagang
flush usang gausah guys enteng mpv hadeh ngeliat letaknya bilangnya ikannya minusnya balikin kenyataannya saatnya
bentuknya twin smg staffnya kisruh sprey pelindung lusuh gift syg pouch sgt konek pemanas pegang cma tlp disegel siswi
stlh spray dl kancing keramik aq masukin colok mendarat kemasannya boxnya alatnya talinya aromanya tombolnya lecek
overload jamnya pengusaha mojito dinasehati dibentuk sepakat anjis kalap bertebaran flying persawahan sedia mobile
menjamu afrika patokan papan pemprov pemikiran gudang solat penghuni perbatasan cabut system cap unlimited first bahas
bom pengantaran kadaluarsa berjauhan telak berbanding terbalik unpar keperluan sebandinglah kepenatan citylight
berkeliaran buaya bayangkan icon hiu pendingin panser arena gerakan blueberry henti rek volcano ojek mention crunchy
tempura membayangkan bersikap services nipis menggigit mudik arya jangkung sembarang pesaing sabang pasaran berpadu
menginjak menyusuri puji galak yakini berdasarkan dayang gerak asa boneka tumbuhan monopoli pemeliharaan manager
berfaedah arang lenyapkan du pickup bubuk lempar tobat selesaikan ngadat reserved berkembang tomyam season hukuman
upaya show skywalk menghasilkan magrib ngopi koper satuan point beehive kesegaran eneng dikantong definitely
instagramable warkop mogok serang dicocol kejam mikirin kasarung bercampur mash kompak bleu mall cappucino berkendara
endus cireng yi ditaruh menyedihkan terhitung jangkau dungu tantangan november dipersilakan pantesan seat terpotong
kalipah apo website lotion berukuran atur ras monster menutupi tur memperhatikan menempuh kelip uji pahlawan porto
sangkar seputaran pengurus saboga persatuan mozarella bermunculan larangan massa perkembangan hainam melek tongseng
skor berlemak pembalut herbal zadit lunch kreasi dibalut berhati bertenaga komen ii ketiam larut kodam membedakan bgtu
konyol hentikan hancurkan giant group gallery penawaran perppu dipati dipikir buktikan almond sekjen yen pertimbangan
secepatnya catching resor un surya seh melawan asu lelaki alquran fashion satpam yahudi hop peminat bobrok membiarkan
penyanyi cuka permata wan dibaca lai sepiring rating diminum menggangu sesungguhnya kijang rooftop kelewat mewakili
menggambarkan hahah menangis ciamik perdana terbenam survey pesona nikmatin pramusaji yusuf pembantu spageti agen
seiring ditonton penenggelaman membuktikan kesampaian maranggi inii rawan energi terputus penguasa menghalangi tergoda
eksotis lion bertingkat line banting sentuhan melegenda mancur bapao becek menyesuaikan berserakan adu dikriminalisasi
licik ig ngumpet pkl kesepian rebutan tungku dirasa dm espresso yenny tk mesen putusan pot graha keluarkan kejelasan
isna affordable pejuang menjangkau mainstream ustaz dinda jendral bijak experience orde melanjutkan gantung dilantai
mencolok kemas disampaikan lulus brownis kemanisan meninggal deli nyali emas menanggapi mingguan soft gram rock sad
pekerja penghargaan kelar amazing diletakkan tagline keluaran mengajukan kilo jkt remah timbangan stiker debit aus
basement fan pandai boro jaminan bintaro cegah memikirkan team holder berkat link semula senilai pepaya cool pelan
headset pia salon nungguin gl mba maintenance penelitian canggih formo filter presisi bagasi nahan porsinya maunya
mestinya kunjungi taunya klau kat orangnya padamu byr servicenya sinyalnya hrga untungnya takkan jamuran lemarinya
depannya kmar smpai bentar mencet terhubung lcd penjaganya receptionis terkunci mmg pokonya bersihin dpn aga hnya
selang ntah kayanya fresh dpat tidurnya bru lobang pemasangan gaa trnyata ky reject seler berbelit rgb cepatt
prosesnya kotaknya responsive same bagusss wrapnya dusnya nipu bonusnya pengemasannya tripodnya dampak dirjen pool
high revolusi miris berkedok dpc bakaran kondangan kemerdekaan simbol cheesy mempan uni kelembekan sosok alur goulash
jati melengkapi karuhun indomaret dibubarkan prediksi adat bb gading tipikal strawberry mengatur kebangetan memasang
topi kejauhan disebutkan menunjang kerlap pengisian mendidik putra keraton perdagangan dewan berusia ditawari
memperbaiki ibukota menumpuk ngancem membunuh kabut pesantren merapat terpikir tampaknya peningkatan fatal self mitra
sangan dikelola fusion hadiri merauke pelosok visi maklumlah kekayaan miliki makmur insyaallah sirup dngan senen dori
old pol hakim sumbi narkoba maksa bersiaplah mantaplah aluminium dimanjakan kwetiaw menabung geng penulis prof
mengakui pom pilhan soun zona ip tekanan singkatan dimata combo berpolitik eksepsi misi menyalahkan gayo penyebab town
speed brandal sedemikian mengolah segede aj download esok cairo small garuda digemari menampilkan bingit mangkrak
gemar project disetiap genjer angus nota ungkap parahyangan tumbuh cgv layang perlakuan fase properti reklamasi
bernilai browsing toping jantung ampas pengkhianat jalani pondokan kejahatan menyesatkan berjuang terkejut subroto caf
menyelesaikan terkuras jerawat lanjutkan range citywalk robusta log dosa complimentary cadangan pakde andai areal
dirugikan gourmet toleran secangkir terhibur pelopor kenakan romantic verde kekalahan float mengeluh membohongi
brokoli keturunan terbiasa kebiasaan mendekat reformasi monkey suguhkan nyaring pandang tumbang srikaya mashed babak
sembuh lava barn ups mantaps atasan pakek ceramah ditipu tang sebarkan dilempar ketat syaikhu jeli pandangan slip chip
bartender kebenaran menyerukan musti creamy niaga sarana cakwe au melewatkan perilaku gbk melamar buy yudhoyono
management hypersquare masturi lolos nasabah berbintang white basa nyinyir fire backpacker sesampai gramedia kelak
neraka perlahan mengusir melon hormat belain bersalah siram pendatang dipertimbangkan cash ato najis kencing mepet ir
mengakibatkan menekan caffe maya seindah komunitas pernak perpecahan ujian mengulang memutar piknik mui bon ketan
penghina joglo depot absen kekenyangan ratakan suap selisih terfavorit kelap subsidi kebohongan
"""

COMMON_WORDS: dict[str, int] = {word: rank for rank, word in enumerate(_RANKED.split(), start=1)}
"""Word to its rank, 1 being the most frequent."""
