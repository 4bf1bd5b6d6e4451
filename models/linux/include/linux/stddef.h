// What the compiler's <stddef.h> has.
#pragma once

#define NULL ((void *)0)
#define offsetof(type, member) ((unsigned long)&((type *)0)->member)
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))
