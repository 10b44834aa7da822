/* SPDX-License-Identifier: Apache-2.0 */
/* Pages, and the structure tree that tells what of them is read aloud, in which order and language (ISO 32000-1, 14.7 and 14.8). */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

/* A calibrated space, so that no colour profile has to be embedded (ISO 19005-3, 6.2.4); with any other white point some readers show grey as pink. */
#define GRAY "[/CalGray<</WhitePoint[1 1 1]/Gamma 2.2>>]"

struct pdf_page *pdf_page(struct pdf_book *b)
{
	return &b->pages[b->current];
}

void pdf_page_new(struct pdf_book *b)
{
	/* Too long: everything else goes onto the last page, and the book is thrown away at the end. */
	b->too_long |= b->n_pages == PDF_PAGES_MAX;
	if (b->too_long)
		return;
	b->current = b->n_pages++;
	struct pdf_page *page = pdf_page(b);

	*page = (struct pdf_page){ .object = pdf_reserve(&b->w), .gray = -1 };
	cw_buf_str(&page->content, "/G cs /G CS\n");
}

void pdf_book_begin(struct pdf_book *b, int width, int height)
{
	b->width = width;
	b->height = height;
	b->page_tree = pdf_reserve(&b->w);
	b->tree = pdf_reserve(&b->w);
	pdf_page_new(b);
}

void pdf_book_clear(struct pdf_book *b)
{
	for (size_t i = 0; i < b->n_pages; i++) {
		cw_buf_clear(&b->pages[i].content);
		cw_buf_clear(&b->pages[i].parents);
	}
	for (size_t i = 0; i < b->n_elements; i++)
		cw_buf_clear(&b->elements[i].kids);
	free(b->elements);
	pdf_writer_clear(&b->w);
}

/* ---- structure ---- */

pdf_tag pdf_tag_new(struct pdf_book *b, pdf_tag parent, const char *type, const char *more)
{
	if (b->n_elements == b->elements_room) {
		size_t room = b->elements_room ? 2 * b->elements_room : 128;
		struct pdf_element *grown = realloc(b->elements, room * sizeof *grown);

		if (!grown) {
			b->w.failed = true;
			return PDF_NO_TAG;
		}
		b->elements = grown;
		b->elements_room = room;
	}
	uint32_t object = pdf_reserve(&b->w);

	b->elements[b->n_elements] = (struct pdf_element){ .object = object, .parent = parent == PDF_NO_TAG ? b->tree : b->elements[parent].object, .type = type, .more = more };
	if (parent != PDF_NO_TAG)
		cw_buf_printf(&b->elements[parent].kids, " %u 0 R", object);
	return b->n_elements++;
}

void pdf_mark(struct pdf_book *b, pdf_tag tag, const char *lang)
{
	struct pdf_page *page = pdf_page(b);

	if (tag == PDF_NO_TAG) {
		cw_buf_str(&page->content, "/Artifact BMC\n");
		return;
	}
	struct pdf_element *e = &b->elements[tag];

	cw_buf_printf(&page->content, "/%s<</MCID %u", e->type, page->n_marked);
	if (lang)
		cw_buf_printf(&page->content, "/Lang(%s)", lang);
	cw_buf_str(&page->content, ">>BDC\n");
	if (!e->page)
		e->page = page->object;
	if (e->page == page->object)
		cw_buf_printf(&e->kids, " %u", page->n_marked);
	else
		cw_buf_printf(&e->kids, "<</Type/MCR/Pg %u 0 R/MCID %u>>", page->object, page->n_marked);
	cw_buf_printf(&page->parents, " %u 0 R", e->object);
	page->n_marked++;
}

void pdf_unmark(struct pdf_book *b)
{
	cw_buf_str(&pdf_page(b)->content, "EMC\n");
}

static void put_element(struct pdf_book *b, struct pdf_element *e)
{
	CW_AUTO_BUF struct cw_buf body = { 0 };

	cw_buf_printf(&body, "<</Type/StructElem/S/%s/P %u 0 R%s", e->type, e->parent, e->more ? e->more : "");
	if (e->page)
		cw_buf_printf(&body, "/Pg %u 0 R", e->page);
	if (e->kids.len)
		cw_buf_printf(&body, "/K[%s]", e->kids.data);
	cw_buf_str(&body, ">>");
	pdf_pack(&b->w, e->object, body.data ? body.data : "");
	b->w.failed |= body.failed || e->kids.failed;
}

/* From marked content and annotations back to elements; the widget's element is the last one. */
static void put_tree(struct pdf_book *b)
{
	CW_AUTO_BUF struct cw_buf body = { 0 };

	cw_buf_printf(&body, "<</Type/StructTreeRoot/K[%u 0 R]/ParentTreeNextKey %zu/ParentTree<</Nums[", b->n_elements ? b->elements[0].object : 0,
		      b->n_pages + (b->widget != 0));
	for (size_t i = 0; i < b->n_pages; i++)
		cw_buf_printf(&body, "%zu[%s]", i, b->pages[i].parents.data ? b->pages[i].parents.data : "");
	if (b->widget && b->n_elements)
		cw_buf_printf(&body, "%zu %u 0 R", b->n_pages, b->elements[b->n_elements - 1].object);
	cw_buf_str(&body, "]>>>>");
	pdf_pack(&b->w, b->tree, body.data ? body.data : "");
	b->w.failed |= body.failed;
}

/* ---- pages ---- */

static void put_page(struct pdf_book *b, size_t i)
{
	struct pdf_page *page = &b->pages[i];
	CW_AUTO_BUF struct cw_buf body = { 0 };
	uint32_t content = pdf_reserve(&b->w);

	pdf_stream(&b->w, content, "", page->content.data ? page->content.data : "", page->content.len);
	cw_buf_printf(&body, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 ", b->page_tree);
	pdf_put_length(&body, b->width);
	cw_buf_str(&body, " ");
	pdf_put_length(&body, b->height);
	cw_buf_printf(&body, "]/Resources<</ColorSpace<</G" GRAY ">>/Font<</F0 %u 0 R/F1 %u 0 R>>/XObject<</Q0 %u 0 R>>>>/Contents %u 0 R/StructParents %zu/Tabs/S",
		      b->fonts[FACE_REGULAR], b->fonts[FACE_MONO], b->qr, content, i);
	if (b->widget && i + 1 == b->n_pages)
		cw_buf_printf(&body, "/Annots[%u 0 R]", b->widget);
	cw_buf_str(&body, ">>");
	pdf_pack(&b->w, page->object, body.data ? body.data : "");
	b->w.failed |= body.failed || page->content.failed || page->parents.failed;
}

static void put_page_tree(struct pdf_book *b)
{
	CW_AUTO_BUF struct cw_buf body = { 0 };

	cw_buf_printf(&body, "<</Type/Pages/Count %zu/Kids[", b->n_pages);
	for (size_t i = 0; i < b->n_pages; i++)
		cw_buf_printf(&body, "%u 0 R ", b->pages[i].object);
	cw_buf_str(&body, "]>>");
	pdf_pack(&b->w, b->page_tree, body.data ? body.data : "");
	b->w.failed |= body.failed;
}

void pdf_book_end(struct pdf_book *b)
{
	for (size_t i = 0; i < b->n_pages; i++)
		put_page(b, i);
	put_page_tree(b);
	put_tree(b);
	for (size_t i = 0; i < b->n_elements; i++)
		put_element(b, &b->elements[i]);
}
