#pragma once

// Types and constants come from the headers; the functions are looked up in the shared libraries on first use, so that
// a program that draws nothing does not load them.

#include <cairo/cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>

#include "../CLibrary/functions.h"

#define DRAWING_FUNCTIONS(F)                    \
    F(FcConfigBuildFonts)                       \
    F(FcConfigCreate)                           \
    F(FcConfigParseAndLoadFromMemory)           \
    F(FcConfigSetCurrent)                       \
    F(cairo_create)                             \
    F(cairo_destroy)                            \
    F(cairo_font_options_create)                \
    F(cairo_font_options_destroy)               \
    F(cairo_font_options_set_antialias)         \
    F(cairo_font_options_set_hint_metrics)      \
    F(cairo_font_options_set_hint_style)        \
    F(cairo_get_source)                         \
    F(cairo_image_surface_create)               \
    F(cairo_image_surface_get_data)             \
    F(cairo_image_surface_get_stride)           \
    F(cairo_line_to)                            \
    F(cairo_move_to)                            \
    F(cairo_paint)                              \
    F(cairo_pattern_set_filter)                 \
    F(cairo_pdf_surface_create_for_stream)      \
    F(cairo_pdf_surface_set_metadata)           \
    F(cairo_pdf_surface_set_size)               \
    F(cairo_restore)                            \
    F(cairo_save)                               \
    F(cairo_scale)                              \
    F(cairo_set_dash)                           \
    F(cairo_set_line_cap)                       \
    F(cairo_set_line_width)                     \
    F(cairo_set_operator)                       \
    F(cairo_set_scaled_font)                    \
    F(cairo_set_source_rgb)                     \
    F(cairo_set_source_surface)                 \
    F(cairo_show_page)                          \
    F(cairo_show_text_glyphs)                   \
    F(cairo_status)                             \
    F(cairo_status_to_string)                   \
    F(cairo_stroke)                             \
    F(cairo_surface_destroy)                    \
    F(cairo_surface_finish)                     \
    F(cairo_surface_mark_dirty)                 \
    F(cairo_surface_status)                     \
    F(cairo_surface_write_to_png_stream)        \
    F(cairo_tag_begin)                          \
    F(cairo_tag_end)                            \
    F(cairo_translate)                          \
    F(cairo_version_string)                     \
    F(g_object_unref)                           \
    F(pango_cairo_context_set_font_options)     \
    F(pango_cairo_context_set_resolution)       \
    F(pango_cairo_font_get_scaled_font)         \
    F(pango_cairo_font_map_get_default)         \
    F(pango_cairo_show_layout)                  \
    F(pango_context_set_round_glyph_positions)  \
    F(pango_font_description_free)              \
    F(pango_font_description_new)               \
    F(pango_font_description_set_absolute_size) \
    F(pango_font_description_set_family)        \
    F(pango_font_description_set_weight)        \
    F(pango_font_map_create_context)            \
    F(pango_font_map_get_family)                \
    F(pango_layout_get_baseline)                \
    F(pango_layout_get_extents)                 \
    F(pango_layout_get_iter)                    \
    F(pango_layout_get_unknown_glyphs_count)    \
    F(pango_layout_iter_free)                   \
    F(pango_layout_iter_get_run)                \
    F(pango_layout_iter_next_run)               \
    F(pango_layout_new)                         \
    F(pango_layout_set_alignment)               \
    F(pango_layout_set_font_description)        \
    F(pango_layout_set_text)                    \
    F(pango_layout_set_width)                   \
    F(pango_layout_set_wrap)                    \
    F(pango_version_string)

/// The functions of cairo, pango and fontconfig in use, under their C names.
CLIBRARY_TABLE(DrawingFunctions, drawing_function_name, DRAWING_FUNCTIONS)
