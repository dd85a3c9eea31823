"""Which texts are values of which datatype: lexical forms of XML Schema as regular expressions.

SPARQL has no function that checks the form of a year or a month, and a store keeps what it cannot
read. The expressions are those of XML Schema 1.1 part 2, with days that exist (29 February only in
leap years), years from 0001 to 9999, and no surrounding space.
"""

from __future__ import annotations

from hub.vocabulary import NAMESPACES

XSD = NAMESPACES["xsd"]

_ZONE = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR = r"(000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})"
_LEAP_YEAR = r"(\d\d(0[48]|[2468][048]|[13579][26])|([02468][48]|[13579][26]|[2468]0)00)"
_DAY = (
    rf"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)"
    rf"|02-(0[1-9]|1\d|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"

LEXICAL_FORMS = {
    XSD + "string": "",
    NAMESPACES["rdf"] + "langString": "",
    XSD + "boolean": "^(true|false|1|0)$",
    XSD + "integer": r"^[+-]?\d+$",
    XSD + "decimal": r"^[+-]?(\d+(\.\d*)?|\.\d+)$",
    XSD + "double": r"^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NaN)$",
    XSD + "anyURI": "",
    XSD + "gYear": f"^{_YEAR}{_ZONE}$",
    XSD + "gYearMonth": f"^{_YEAR}-(0[1-9]|1[0-2]){_ZONE}$",
    XSD + "date": f"^{_DAY}{_ZONE}$",
    XSD + "dateTime": f"^{_DAY}T{_TIME}{_ZONE}$",
}
