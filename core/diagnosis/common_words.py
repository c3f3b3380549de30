"""Words that carry no news by themselves: no phrase begins or ends with one. Indonesian, English and chat, ours."""

_IDLE = """
yang dan di ke dari untuk dengan pada ini itu ada adalah akan atau juga saya aku kamu dia kita kami mereka anda nya
tidak bukan belum jangan sudah telah sedang masih lagi bisa dapat harus mau ingin karena kalau jika bila maka agar
supaya tapi tetapi namun padahal walau walaupun meski meskipun sebagai oleh dalam luar atas bawah antara tentang
seperti kayak sama saja aja doang hanya cuma sangat sekali banget amat lebih paling kurang semua setiap para sebuah
seorang satu dua tiga orang hal apa siapa mana kapan kenapa mengapa bagaimana gimana dong deh sih kok nih tuh lho loh
ya yah iya oh ah eh wah wkwk wkwkwk haha hehe kan pun lah kah nah terus trus jadi saat ketika waktu hari malam pagi
siang sore kemarin besok tadi nanti sekarang baru lalu setelah sesudah sebelum sampai hingga sejak gak ga nggak ngga
enggak gk tdk tak kagak udah udh sdh blm yg dgn utk krn klo kalo kl dr jg lg sm bgt bngt gue gua gw lo lu loe elo min
admin kak kakak bang bro sis gan mas mbak pak bu bunda ibu bapak gaes guys tolong mohon halo hai selamat semoga tanpa
punya punyaku punyanya milik sendiri bersama begitu begini gitu gini malah memang emang mungkin pasti ternyata
sebenarnya katanya bilang kata tau tahu lihat liat banyak sedikit beberapa lain lainnya sini sana situ habis abis kali
tiap makin cukup agak rada biar bikin buat banyaknya terlalu nya mu ku kalian semuanya memang selalu pernah ada jam
the a an and or but of to in on at for from by with about as is are was were be been being am do does did have has had
having i you he she it we they me my your his her its our their them us this that these those there here what which
who whom when where why how not no nor so if then than too very just can could will would shall should may might must
im ive dont doesnt didnt cant wont isnt arent wasnt youre theyre thats its lets ill id
up out off over under again more most some any all both each few other own same only into after before during while
get got going go went one two u ur rt amp via pls please lol omg hey hi hello thanks thank really still now today ever
url user http https www com co
"""
IDLE = frozenset(_IDLE.split())
