// The one unit that compiles Boost.JSON, so that it is built with our hardening, sanitizers and fuzzing
// coverage.
#include <boost/json/src.hpp>
