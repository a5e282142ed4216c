"""The contract suites that plug-ins inherit: override one fixture, and the tests come with the class."""
