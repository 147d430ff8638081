"""What tests of all folders need: real servers, programs, waiting, requests by hand."""
