#include "http/bytes.h"

#define MET (IN_METHOD | IN_NAME | IN_TARGET | IN_VALUE)
#define TOK (IN_NAME | IN_TARGET | IN_VALUE)
#define NAM (IN_NAME | IN_VALUE)
#define TAR (IN_TARGET | IN_VALUE)
#define VAL IN_VALUE
#define ___ 0

/* clang-format off */
const unsigned char byte_classes[256] = {
/*       0    1    2    3    4    5    6    7    8    9    a    b    c    d    e    f */
/* 0 */ ___, ___, ___, ___, ___, ___, ___, ___, ___, VAL, ___, ___, ___, ___, ___, ___,
/* 1 */ ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___,
/*       sp   !    "    #    $    %    &    '    (    )    *    +    ,    -    .    / */
/* 2 */ VAL, TOK, TAR, NAM, TOK, NAM, TOK, TOK, TAR, TAR, TOK, TOK, TAR, MET, TOK, TAR,
/*       0    1    2    3    4    5    6    7    8    9    :    ;    <    =    >    ? */
/* 3 */ TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TAR, TAR, TAR, TAR, TAR, TAR,
/*       @    A    B    C    D    E    F    G    H    I    J    K    L    M    N    O */
/* 4 */ TAR, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET,
/*       P    Q    R    S    T    U    V    W    X    Y    Z    [    \    ]    ^    _ */
/* 5 */ MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, MET, TAR, TAR, TAR, TOK, MET,
/*       `    a    b    c    d    e    f    g    h    i    j    k    l    m    n    o */
/* 6 */ TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK,
/*       p    q    r    s    t    u    v    w    x    y    z    {    |    }    ~   DEL */
/* 7 */ TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TOK, TAR, TOK, TAR, TOK, ___,
/* obs-text, RFC 9110 5.5 */
/* 8 */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* 9 */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* a */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* b */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* c */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* d */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* e */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
/* f */ VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL, VAL,
};
/* clang-format on */

unsigned
byte_digit(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10u : NO_DIGIT;
}
