// The page at "/" of both programs: what this server is, and where to go from here. Plain HTML that reads on
// a phone and in the dark, without a script or anything fetched from elsewhere.
#pragma once

#include <string>
#include <vector>

namespace tocsin::http {

struct LandingPage {
  struct Link {
    std::string href;  ///< relative, so that it holds behind a path of a proxy's
    std::string name;
    std::string about;
  };
  std::string title;
  std::string about;
  std::string version;
  std::vector<Link> links;
};

/// The texts are escaped.
std::string Render(const LandingPage& page);

}  // namespace tocsin::http
