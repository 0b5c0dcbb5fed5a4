// SQLite's own page cache under a thin layer that keeps one number for each cache.
//
// When a B-tree is balanced, SQLite gives a page the number of the lock page for a moment. Its cache then
// takes that for the highest number it ever held and, to drop what lies behind the end of the database, walks
// all its pages at the end of the transaction: with some thousand pages, a tenth of a commit. The layer knows
// the highest number that stayed, and leaves that walk out when it could find nothing.
#pragma once

namespace kuramori::storage::sqlite {

// Before SQLite starts; once for the process.
void install_page_cache();

}  // namespace kuramori::storage::sqlite
