"""Words that say what a party is rather than which one: legal forms, titles, particles, numbers, general words.

The tables hold words as they come out of `comity.screening.scripts`, in Latin letters, so that one row serves every
script: the Cyrillic and the Latin OOO are one word here. They are short on purpose; a word that is missing weighs as
much as a name does, which costs precision and never a match.
"""

from collections.abc import Iterable


def _set(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _classes(rows: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {tuple(form.split()): name for name, forms in rows.items() for form in forms.split(",")}


LEGAL_FORMS = _classes(
    {
        "limited": (
            "llc,l l c,ltd,limited,ltda,limitada,lda,gmbh,mbh,sarl,s a r l,srl,s r l,s de rl,s de r l,sp z oo,"
            "sp z o o,spzoo,spolka z oo,sro,s r o,spol s ro,doo,d o o,dooel,kft,ooo,o o o,too,t o o,tov,tzov,"
            "oou,bv,b v,bvba,eurl,sprl,oy,ou,uab,sia,pte,pvt,pty,sdn bhd,bhd,sas,s a s,slu,sl,s l,"
            "sociedad limitada,limited liability company,limited liability partnership,llp,"
            "company with limited liability,obshchestvo s ogranichennoy otvetstvennostyu,"
            "tovarystvo z obmezhenoyu vidpovidalnistyu,tovarishchestvo s ogranichennoy otvetstvennostyu,"
            "gesellschaft mit beschrankter haftung,societe a responsabilite limitee,"
            "societatea cu raspundere limitata,sociedad de responsabilidad limitada,besloten vennootschap,"
            "yugen kaisha,youxian gongsi,limited sirketi,ltd sti,limited company,co ltd,company limited,"
            "private limited,pvt ltd,pte ltd,pty ltd,pvt limited,fze,fzco,fz llc,fz co,dmcc,wll,w l l,mchj,mmc,"
            "shpk,ehf,aps,khk,chastnoe predpriyatie,pp,chp,chup"
        ),
        "stock": (
            "ag,aktiengesellschaft,sa,s a,sa de cv,s a de c v,sab de cv,spa,s p a,nv,n v,plc,jsc,ojsc,cjsc,"
            "pjsc,ao,oao,zao,pao,nao,oaj,ab,asa,a s,as,oyj,kk,k k,kabushiki kaisha,kabushiki gaisha,pt,tbk,pjs,"
            "psc,saog,saoc,sal,s a l,sae,joint stock company,open joint stock company,"
            "closed joint stock company,public joint stock company,private joint stock company,joint stock co,"
            "aktsionernoe obshchestvo,otkrytoe aktsionernoe obshchestvo,zakrytoe aktsionernoe obshchestvo,"
            "publichnoe aktsionernoe obshchestvo,nepublichnoe aktsionernoe obshchestvo,aktsionerne tovarystvo,"
            "societe anonyme,sociedad anonima,societa per azioni,anonim sirketi,aktiebolag,"
            "naamloze vennootschap,public limited company,gufen youxian gongsi,at,prat,pat,vat,zrt,nyrt,ad,ead,"
            "eood,ood,anonim sirket,private joint stock,as sirketi,sherkat sahami"
        ),
        "partnership": (
            "lp,l p,kg,ohg,gbr,gmbh co kg,gmbh and co kg,kgaa,snc,sca,scs,limited partnership,"
            "general partnership,sendirian,commandite,cv,c v,s en c"
        ),
        "nonprofit": "ano,nko,ngo,ev,e v,asbl,vzw,onlus,avtonomnaya nekommercheskaya organizatsiya",
        "state": (
            "fgup,gup,mup,fgbu,fgu,fkp,state unitary enterprise,federal state unitary enterprise,"
            "federalnoe gosudarstvennoe unitarnoe predpriyatie,gp,se,rup"
        ),
        "company": (
            "inc,incorporated,corp,corporation,company,co,cie,compagnie,compania,cia,and co,sirketi,sherkat,gongsi"
        ),
    }
)
LEGAL_LENGTH_MAX = max(map(len, LEGAL_FORMS))

TITLES = _set(
    "mr mrs ms miss mister dr doctor prof professor sir lady dame madam madame mme monsieur mlle herr frau fraulein",
    "senor senora sr sra srta dona sheikh shaikh sheik shaykh shekh cheikh haji hajji hadji hajj alhaj alhaji elhadj",
    "mullah mulla maulvi maulavi mawlawi molvi moulvi maulana mawlana moulana qari ustad ustaz hojjatoleslam",
    "hojatoleslam ayatollah president prasident presidente prezident minister senator ambassador princess queen",
    "general gen lieutenant lt colonel col major maj captain capt brigadier brig admiral adm marshal commander cmdr",
    "sergeant sgt corporal engineer eng ing esq jr junior senior phd md his her excellency hon honorable rev reverend",
    "bishop",
)

PARTICLES = _set(
    "al el ul ur bin ben ibn bint binti bt binte bte ould wuld de del della di da das do dos du des la le les los las",
    "van von vom der den ter ten zu zur af av y e i the of and und et for in on at to a an o ve oder fur",
    "walad na nam",
)

GENERAL = _set(
    "offshore off shore",
    "bank banque banco banka bankasi group holding holdings international global world trading trade trust investment",
    "investments invest industries industry industrial enterprise enterprises services service systems solutions",
    "technologies technology technical tech engineering construction development management partners associates",
    "national general central state federal government ministry department bureau office agency authority institute",
    "university academy center centre research science sciences scientific production manufacturing plant factory",
    "works foundation fund funds society association organization organisation union committee council federation",
    "movement party front army brigade brigades military medical popular peoples export import exports imports",
    "shipping maritime marine lines line transport transportation logistics airlines airline air aviation oil",
    "petroleum energy gas electric power mining metals steel chemical chemicals finance financial capital insurance",
    "leasing exchange telecom telecommunications communications media consulting consultants agro food foods farms",
    "hotel hotels tourism real estate properties commercial comercial company companies firm business city region",
    "regional project resources products product supply supplies equipment electronics electronic machinery motors",
    "limited private public joint venture cooperative charity charitable relief islamic new first brothers sons zavod",
    "kompaniya gruppa predpriyatie tsentr organizatsiya obshchestvennaya obshchestvo oblastnaya inversiones servicios",
    "comercializadora agropecuaria constructora inmobiliaria importadora exportadora distribuidora transportes",
    "sociedad grupo empresa ganadera asesorias negocios hermanos hijos proyectos internacional nacional centro",
    "cooperativa ticaret sanayi dis ve ithalat ihracat tijarat shirkat bazargani sanat sanaye gostaresh defense",
    "defence security hafiz sayyid sayed seyyed sayid said syed seyed imam prince emir amir king lord don father",
    "cargo fishing fisheries vessel tanker space aerospace nuclear atomic information data digital network networks",
)

COMMON = _set(
    "muhamad mohamed muhammad mohammed mohammad mohamad muhammed mehmet ahmad ahmed ali hasan hassan husayn hussein",
    "hussain husain abdullah abdallah abd abu umm omar umar ibrahim khalid said mahmud mahmoud mustafa yusuf youssef",
    "khan singh kumar kaur begum jose juan carlos luis maria jesus jorge manuel antonio francisco pedro miguel ana",
    "ivan sergei sergey aleksandr alexander vladimir andrei andrey nikolai nikolay mikhail dmitry dmitri elena olga",
    "john james david michael robert william thomas george peter paul anna kim lee li park wang zhang chen liu yang",
    "nguyen van tran le pham thi jean pierre hans silva santos garcia rodriguez martinez hernandez lopez gonzalez",
    "perez sanchez ramirez gomez fernandez diaz",
)

PLACES = _set(
    "afghanistan africa african albania algeria america american americas andorra angola arab arabia arabian",
    "argentina armenia asia asian australia austria azerbaijan bahrain baltic bangladesh belarus belgium benin",
    "bolivia bosnia botswana brasil brazil britain british bulgaria burkina burma burundi cambodia cameroon canada",
    "caribbean chad chile china chinese colombia congo croatia cuba cuban cyprus czech denmark deutschland deutsche",
    "dubai ecuador egypt emirates eritrea espana estonia ethiopia eurasian europe european europa finland france",
    "francais gambia georgia german germany ghana greece guatemala guinea gulf guyana haiti honduras hongkong hong",
    "kong hungary iceland india indian indonesia iran iranian iraq iraqi ireland israel italia italy jamaica japan",
    "jordan kazakhstan kenya korea korean kuwait kyrgyzstan laos latvia lebanon lebanese liberia libya libyan",
    "liechtenstein lithuania luxembourg macau malaysia mali malta mauritius mexico mexicana middle east west north",
    "south northern southern eastern western moldova monaco mongolia morocco moscow mozambique myanmar namibia nepal",
    "netherlands nicaragua niger nigeria norway oman pacific pakistan palestine palestinian panama paraguay peninsula",
    "peru philippines poland polska portugal qatar romania rossii rossiya russia russian rwanda saudi schweiz senegal",
    "serbia singapore slovakia slovenia somalia spain sudan sweden swiss switzerland syria syrian taiwan tajikistan",
    "tanzania tehran thailand togo tunisia turkey turkiye turkmenistan uae uganda uk ukraine united kingdom states",
    "uruguay usa us uzbekistan venezuela vietnam yemen zambia zimbabwe",
)

SHIP_PREFIXES = _set("mv mt ms ss mts mtr fv sv vessel ship motor tanker")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty"
).split()
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_ORDINALS = dict(
    zip(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        range(1, 13),
        strict=True,
    )
)
NUMBERS = {word: number for number, word in enumerate(_UNITS)} | _TENS | _ORDINALS
TENS = frozenset(_TENS.values())
ROMAN = dict(zip("i ii iii iv v vi vii viii ix x xi xii".split(), range(1, 13), strict=True))

SHORT_FORMS = {
    "intl": "international",
    "int": "international",
    "natl": "national",
    "govt": "government",
    "dept": "department",
    "univ": "university",
    "inst": "institute",
    "mfg": "manufacturing",
    "bros": "brothers",
    "assoc": "association",
    "org": "organization",
    "organisation": "organization",
    "centre": "center",
    "tech": "technology",
    "trade": "trading",
    "shp": "shipping",
    "mgmt": "management",
    "co-operative": "cooperative",
    "corpn": "corporation",
    "comp": "company",
    "eng'g": "engineering",
    "insitute": "institute",
    "aktiengeselschaft": "aktiengesellschaft",
}

for _word in GENERAL:
    if _word.endswith("s") and _word[:-1] in GENERAL:
        SHORT_FORMS[_word] = _word[:-1]
    if _word.endswith("ies") and _word[:-3] + "y" in GENERAL:
        SHORT_FORMS[_word] = _word[:-3] + "y"

_NICKNAMES = (
    "alexander alex sasha aleksandr aleks,alexandra sandra sasha,alexei alyosha lyosha,anastasia nastya,"
    "anatoly tolya,andrew andy drew,anthony tony,antonio toni,barack barry,benjamin ben bibi benny,"
    "catherine kate cathy katie,charles charlie chuck,christopher chris,daniel dan danny,david dave,"
    "dmitry dima mitya,donald don donny,edward ed eddie ted,ekaterina katya,elena lena,"
    "elizabeth liz beth betty,evgeny zhenya,francis frank,francisco paco pancho,frederick fred freddy,"
    "gennady gena,gregory greg grigory grisha,henry harry hank,ignacio nacho,igor gosha,ivan vanya,"
    "james jim jimmy,jeffrey jeff,john jack johnny,jose pepe,joseph joe,kenneth ken kenny,konstantin kostya,"
    "lawrence larry,leonard leo len,maria masha,matthew matt,michael mike mick,mikhail misha,"
    "muhammad mo mamadou mehmet,natalia natasha,nicholas nick,nikolai kolya,olga olya,patrick pat paddy,"
    "pavel pasha,pyotr petya,peter pete,richard rick dick,robert bob bobby rob,roman roma,ronald ron,"
    "samuel sam,sergei seryozha,steven steve,susan sue,svetlana sveta,tatiana tanya,theodore ted,"
    "thomas tom tommy,timothy tim,victor vitya,vladimir volodya vova,vyacheslav slava,william bill billy will,"
    "yuri yura,yusuf yousuf"
)
NICKNAMES: dict[str, frozenset[int]] = {}


def _learn(groups: Iterable[str]) -> None:
    for number, group in enumerate(groups):
        for name in group.split():
            NICKNAMES[name] = NICKNAMES.get(name, frozenset()) | {number}


_learn(_NICKNAMES.split(","))
