"""What is said over HTTP: requests and answers as typed structures, shared by the server and the client."""
