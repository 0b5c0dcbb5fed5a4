// Boost.JSON is compiled here once; BOOST_JSON_NO_LIB keeps its shared library out.
#include <boost/json/src.hpp>
