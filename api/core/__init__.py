"""What every part of the service needs: settings, the clock, the doors of the web, front-end files."""
