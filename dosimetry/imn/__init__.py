"""Plans with and without the IMN target: what is compared, what it adds, and what that means for the heart."""
