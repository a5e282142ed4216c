"""The words that cross a door: requests, answers and the operations that take and give them.

Everybody may import this room; it imports only core. A stage performs the operations, a client calls them, the server turns
them into routes: each is said here and nowhere else.
"""
