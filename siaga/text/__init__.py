"""Reading text from the command line: score posts, explain one, measure a reader, train one."""
