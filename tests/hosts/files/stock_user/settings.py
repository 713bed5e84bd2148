# A host with the user model of Django itself: it adds nothing.
