"""Countries by the names that lists use.

ISO 3166-1 alpha-2, short English names, and other names found in the lists; XK is Kosovo's user-assigned code.
"""

import re
from functools import lru_cache

_NAMES = """\
AD Andorra|AE United Arab Emirates,UAE|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia
|AO Angola|AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AZ Azerbaijan
|BA Bosnia and Herzegovina,Bosnia|BB Barbados|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain
|BI Burundi|BJ Benin|BM Bermuda|BN Brunei,Brunei Darussalam|BO Bolivia,Bolivia Plurinational State of|BR Brazil
|BS Bahamas|BT Bhutan|BW Botswana|BY Belarus|BZ Belize|CA Canada
|CD Democratic Republic of the Congo,Congo Democratic Republic of the,DR Congo,Congo Kinshasa,DRC
|CF Central African Republic|CG Congo,Republic of the Congo,Congo Republic of the,Congo Brazzaville|CH Switzerland
|CI Cote d'Ivoire,Cote d Ivoire,Ivory Coast|CL Chile|CM Cameroon|CN China,Peoples Republic of China|CO Colombia
|CR Costa Rica|CU Cuba|CV Cabo Verde,Cape Verde|CW Curacao|CY Cyprus|CZ Czechia,Czech Republic|DE Germany
|DJ Djibouti|DK Denmark|DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt
|EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji|FM Micronesia|FO Faroe Islands|FR France
|GA Gabon|GB United Kingdom,Great Britain,United Kingdom of Great Britain and Northern Ireland,UK|GD Grenada
|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia|GN Guinea
|GQ Equatorial Guinea|GR Greece|GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana
|HK Hong Kong,China Hong Kong Special Administrative Region,Hong Kong SAR|HN Honduras|HR Croatia|HT Haiti
|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|IQ Iraq|IR Iran,Iran Islamic Republic of
|IS Iceland|IT Italy|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati
|KM Comoros|KN Saint Kitts and Nevis|KP North Korea,Korea North,Democratic Peoples Republic of Korea,DPRK
|KR South Korea,Korea South,Republic of Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan
|LA Laos,Lao Peoples Democratic Republic|LB Lebanon|LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia
|LS Lesotho|LT Lithuania|LU Luxembourg|LV Latvia|LY Libya,Libyan Arab Jamahiriya|MA Morocco|MC Monaco
|MD Moldova,Republic of Moldova|ME Montenegro|MG Madagascar|MH Marshall Islands|MK North Macedonia,Macedonia
|ML Mali|MM Myanmar,Burma|MN Mongolia|MO Macau,Macao|MR Mauritania|MT Malta|MU Mauritius|MV Maldives|MW Malawi
|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NG Nigeria|NI Nicaragua
|NL Netherlands,Holland|NO Norway|NP Nepal|NR Nauru|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia
|PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland|PR Puerto Rico
|PS Palestine,State of Palestine,Palestinian,West Bank,Palestinian Territories|PT Portugal|PW Palau|PY Paraguay
|QA Qatar|RO Romania|RS Serbia|RU Russia,Russian Federation|RW Rwanda|SA Saudi Arabia|SB Solomon Islands
|SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|SL Sierra Leone|SM San Marino|SN Senegal
|SO Somalia|SR Suriname|SS South Sudan|ST Sao Tome and Principe|SV El Salvador|SY Syria,Syrian Arab Republic
|SZ Eswatini,Swaziland|TC Turks and Caicos|TD Chad|TG Togo|TH Thailand|TJ Tajikistan|TL Timor-Leste,East Timor
|TM Turkmenistan|TN Tunisia|TO Tonga|TR Turkey,Turkiye|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan
|TZ Tanzania,United Republic of Tanzania|UA Ukraine|UG Uganda|US United States,United States of America,USA
|UY Uruguay|UZ Uzbekistan|VA Holy See,Vatican|VC Saint Vincent and the Grenadines|VE Venezuela
|VG British Virgin Islands,Virgin Islands British|VI Virgin Islands US|VN Vietnam,Viet Nam|VU Vanuatu|WS Samoa
|XK Kosovo|YE Yemen|ZA South Africa|ZM Zambia|ZW Zimbabwe"""

_NOT_LETTERS = re.compile("[^a-z]+")


def _key(name: str) -> str:
    return _NOT_LETTERS.sub("", name.lower().replace("the ", " ").replace("ü", "u").replace("ô", "o").replace("ç", "c"))


_CODES = {_key(name): row[:2] for row in _NAMES.replace("\n", "").split("|") for name in (row[:2], *row[3:].split(","))}


@lru_cache(maxsize=4096)
def country_code(name: str) -> str:
    """Return the code of a country by its code or a name of it; empty if it is not known.

    >>> country_code("Iran (Islamic Republic of)"), country_code("Korea, North"), country_code("ru")
    ('IR', 'KP', 'RU')
    """
    return _CODES.get(_key(name), "")
