"""What the lists of the admin want beside the stock tags: `{% load credits_admin %}`."""

from django import template

from credits.admin import narrowing, notes

register = template.Library()
register.filter("note", notes.say)
register.simple_tag(narrowing.menus, name="filter_menus")
register.simple_tag(narrowing.all_rows, name="all_rows")
register.simple_tag(narrowing.search_params, name="search_params")
