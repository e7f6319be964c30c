"""
The rule editor (规则编辑): a rule as a tree of a form, its values as people write them.

Pure: `tree` turns a criterion into nodes and back, `form` reads them from a form, `acts` adds,
removes, wraps and moves nodes, `values` says and reads values. The page only shows and posts.
"""
