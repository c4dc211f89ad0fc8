/* SPDX-License-Identifier: MIT */
/* buffer.c - a growing array of bytes. */
#include "base/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pc_buffer_reserve(struct pc_buffer *b, size_t more)
{
	size_t need = b->len + more + 1;
	size_t cap = b->cap ? b->cap : 64;
	char *data;

	if (need <= b->cap)
		return 0;
	while (cap < need)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

int pc_buffer_add(struct pc_buffer *b, const void *data, size_t len)
{
	int r = pc_buffer_reserve(b, len);

	if (r < 0)
		return r;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

void pc_buffer_cut(struct pc_buffer *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

int pc_buffer_add_name(struct pc_buffer *b, const char *name)
{
	size_t len = strlen(name);
	int r = pc_buffer_reserve(b, len + 1);

	if (r < 0)
		return r;
	if (b->len > 0)
		b->data[b->len++] = '/';
	memcpy(b->data + b->len, name, len + 1);
	b->len += len;
	return 0;
}

void pc_buffer_done(struct pc_buffer *b)
{
	free(b->data);
	*b = (struct pc_buffer){0};
}
